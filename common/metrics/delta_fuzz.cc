// Any bytes are a delta or an error, with and without a set of known series; what decodes encodes
// to the same delta again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/delta.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::metrics;
  static const MetricSet set;
  for (const MetricSet* known : {static_cast<const MetricSet*>(nullptr), &set}) {
    const auto first = DecodeDelta({reinterpret_cast<const char*>(data), size}, known);
    if (!first) continue;
    const std::string bytes = EncodeDelta(*first, known);
    const auto second = DecodeDelta(bytes, known);
    LOADCTL_CHECK(second.has_value(), "a delta that was decoded does not decode again");
    LOADCTL_CHECK(EncodeDelta(*second, known) == bytes, "decoding and encoding changed a delta");
  }
  return 0;
}
