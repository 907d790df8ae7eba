// What can be decoded is what encoding its bytes gives, but for line ends and loose bits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/base64.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using loadctl::Base64;
  if (size == 0) return 0;
  const Base64 form{data[0] % 2 == 0 ? Base64::Alphabet::kStandard : Base64::Alphabet::kUrl,
                    data[0] % 4 < 2 ? Base64::Padding::kYes : Base64::Padding::kNo};
  const auto bytes = form.Decode({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (bytes && form.Decode(form.Encode(*bytes)).value() != *bytes) std::abort();
  return 0;
}
