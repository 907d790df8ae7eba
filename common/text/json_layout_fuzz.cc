// What is plain JSON here must be JSON to the parser that reads values, and so must its parts.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/text/json_layout.h"
#include "common/text/json_value.h"

namespace {

// JSON.parse() takes halves of surrogate pairs, the other parser does not: any text with an escape
// that may be one is left out.
bool MayHoldHalfPair(std::string_view text) {
  return text.find("\\ud") != text.npos || text.find("\\uD") != text.npos;
}

bool Reads(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 2'000;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  (void)loadctl::text::ReadJson(text, error, options);
  return !error;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!IsPlainJson(text)) return 0;
  LOADCTL_CHECK(MayHoldHalfPair(text) || Reads(text), "it is no JSON");
  if (FirstOfJson(text) == '{') (void)MemberOfJson(text, "a");
  if (FirstOfJson(text) != '[') return 0;
  const auto starts = ElementsOfJson(text);
  LOADCTL_CHECK(!starts.empty(), "an array has no end");
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const auto element = ElementOfJson(text, starts[i], starts[i + 1]);
    LOADCTL_CHECK(IsPlainJson(element), "an element is no JSON");
  }
  return 0;
}
