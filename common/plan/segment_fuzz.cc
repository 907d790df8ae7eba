// Any bytes as a segment or a sequence: no crash, and what parses prints and parses back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/plan/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::plan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto segment = ParseSegment(text)) {
    const auto again = ParseSegment(segment->ToString());
    LOADCTL_CHECK(again && *again == *segment, "a printed segment parses back to itself");
  }
  const auto sequence = ParseSequence(text);
  if (!sequence || sequence->segments.empty()) return 0;
  const auto again = ParseSequence(sequence->ToString());
  LOADCTL_CHECK(again && *again == *sequence, "a printed sequence parses back to itself");
  std::int64_t sum = 0;
  for (const Segment& segment : sequence->segments) {
    const auto tuple = ExecutionTuple::Make(segment, *sequence);
    if (!tuple || tuple->Share().period > 4096) return 0;
    sum += tuple->Scale(1000);
  }
  LOADCTL_CHECK(sum <= 1000, "shares of a sequence never exceed the total");
  return 0;
}
