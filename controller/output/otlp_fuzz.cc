// Any bytes as a backend's answer to an export: no crash, and no message longer than the answer.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "controller/output/otlp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = loadctl::output::ReadExportResponse(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (answer && answer->message.size() > size) std::abort();
  return 0;
}
