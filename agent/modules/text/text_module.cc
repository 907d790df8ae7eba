// The natives of TextEncoder and TextDecoder.
#include <memory>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/text/text_decoder.h"

namespace loadctl::modules::text {
namespace {

using loadctl::text::TextDecoder;

class Text {
 public:
  void GoError(js::Call& call) { call.Throw(call.String(0)); }

  void Encode(js::Call& call) {
    if (!call.ReturnBytes(call.String(0))) call.ThrowRangeError("the text exceeds the memory");
  }

  // label(text) → the encoding's name, "" if there is none
  void Label(js::Call& call) {
    const auto encoding = TextDecoder::ByLabel(call.String(0));
    call.Return(encoding ? TextDecoder::Name(*encoding) : std::string_view());
  }

  // newDecoder(name, fatal, ignoreBOM)
  void NewDecoder(js::Call& call) {
    call.ReturnHeld(std::make_shared<TextDecoder>(
        TextDecoder::ByLabel(call.String(0)).value_or(TextDecoder::Encoding::kUtf8),
        call.Bool(1) ? TextDecoder::Malformed::kFail : TextDecoder::Malformed::kReplace,
        call.Bool(2) ? TextDecoder::Bom::kKeep : TextDecoder::Bom::kSkip));
  }

  // decode(decoder, bytes or text, stream) → text, null if it is malformed
  void Decode(js::Call& call) {
    auto decoder = std::static_pointer_cast<TextDecoder>(call.Held(0));
    const auto more = call.Bool(2) ? TextDecoder::More::kYes : TextDecoder::More::kNo;
    const std::string given = call.String(1);
    const auto text = decoder->Decode(given, more);
    if (!text) return call.ReturnNull();
    if (!call.Return(*text)) call.ThrowRangeError("the text is longer than a string may be");
  }
};

}  // namespace

vu::ModuleDef Describe() {
  return {"loadctl:text",
          faces::kText,
          {
              js::Native<&Text::GoError>("goError"),
              js::Native<&Text::Encode>("encode"),
              js::Native<&Text::Label>("label"),
              js::Native<&Text::NewDecoder>("newDecoder"),
              js::Native<&Text::Decode>("decode"),
          },
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<Text>(); }};
}

}  // namespace loadctl::modules::text
