// Any bytes as a duration: no crash, and what parses prints and parses back to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/base/duration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {loadctl::ParseGoDuration, loadctl::ParseK6Duration}) {
    const auto duration = parse(text);
    if (!duration) continue;
    const auto again = loadctl::ParseGoDuration(loadctl::FormatGoDuration(*duration));
    LOADCTL_CHECK(again && *again == *duration, "a printed duration parses back to itself");
  }
  return 0;
}
