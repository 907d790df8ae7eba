// Any bytes as a script: no crash, and what is found stands in it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "controller/plan/shortfalls.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& one : loadctl::plan::ImportsOf(text)) {
    LOADCTL_CHECK(text.find(one.name) != std::string_view::npos,
                  "what is imported is in the script");
  }
  return 0;
}
