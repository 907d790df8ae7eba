// Whatever the bytes: valid UTF-8 comes out, and decoding it again changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/text/text_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using loadctl::text::TextDecoder;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto encoding = static_cast<TextDecoder::Encoding>(data[0] % 3);
  TextDecoder decoder(encoding, TextDecoder::Malformed::kReplace, TextDecoder::Bom::kKeep);
  const auto text = decoder.Decode(bytes, TextDecoder::More::kNo);
  TextDecoder strict(TextDecoder::Encoding::kUtf8, TextDecoder::Malformed::kFail,
                     TextDecoder::Bom::kKeep);
  if (!text || strict.Decode(*text, TextDecoder::More::kNo) != text) std::abort();
  return 0;
}
