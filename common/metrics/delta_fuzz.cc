// Any bytes are a delta or an error; what decodes encodes to the same delta again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/delta.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::metrics;
  const auto first = DecodeDelta({reinterpret_cast<const char*>(data), size});
  if (!first) return 0;
  const std::string bytes = EncodeDelta(*first);
  const auto second = DecodeDelta(bytes);
  LOADCTL_CHECK(second.has_value(), "a delta that was decoded does not decode again");
  LOADCTL_CHECK(EncodeDelta(*second) == bytes, "decoding and encoding changed a delta");
  return 0;
}
