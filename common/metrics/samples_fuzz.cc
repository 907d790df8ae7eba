// Any bytes: an error, or as many samples as the head says.
#include <cstdint>
#include <cstdlib>

#include "common/metrics/samples.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::metrics;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::uint64_t samples = 0;
  const SampleHandler handler{
      [](MetricId, std::string_view, MetricType, ValueType) {},
      [](std::uint32_t, const TagPairs&) {},
      [](const TagPairs&) {},
      [](std::uint64_t, std::uint64_t) {},
      [&](MetricId, double, std::int64_t, std::uint32_t) { ++samples; },
  };
  const auto head = DecodeSamples(bytes, handler);
  if (head && head->samples != samples) std::abort();
  return 0;
}
