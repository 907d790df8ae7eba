// The natives of TextEncoder and TextDecoder.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/text/text_decoder.h"

namespace loadctl::modules::text {
namespace {

using loadctl::text::TextDecoder;

js::Bytes Encode(std::string text) { return {std::move(text)}; }

// label(text) → the encoding's name, "" if there is none
std::string_view Label(std::string_view text) {
  const auto encoding = TextDecoder::ByLabel(text);
  return encoding ? TextDecoder::Name(*encoding) : std::string_view();
}

// newDecoder(name, fatal, ignoreBOM)
js::Held<TextDecoder> NewDecoder(std::string_view name, bool fatal, bool ignore_bom) {
  return js::Hold(
      TextDecoder(TextDecoder::ByLabel(name).value_or(TextDecoder::Encoding::kUtf8),
                  fatal ? TextDecoder::Malformed::kFail : TextDecoder::Malformed::kReplace,
                  ignore_bom ? TextDecoder::Bom::kKeep : TextDecoder::Bom::kSkip));
}

// decode(decoder, bytes or text, stream) → text, null if it is malformed
std::optional<std::string> Decode(js::Held<TextDecoder> decoder, js::Data given, bool stream) {
  return decoder->Decode(given.bytes, stream ? TextDecoder::More::kYes : TextDecoder::More::kNo);
}

}  // namespace

Module Describe() {
  return {faces::kText,
          {
              js::Native<&Encode>("encode"),
              js::Native<&Label>("label"),
              js::Native<&NewDecoder>("newDecoder"),
              js::Native<&Decode>("decode"),
          }};
}

}  // namespace loadctl::modules::text
