#include <memory>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/base/base64.h"

namespace loadctl::modules::encoding {
namespace {

/// `std`, which any unknown name means too, `rawstd`, `url`, `rawurl`.
Base64 FormOf(const std::string& name) {
  const bool raw = name.rfind("raw", 0) == 0;
  const std::string alphabet = raw ? name.substr(3) : name;
  if (alphabet != "url" && alphabet != "std") return {};
  return {alphabet == "url" ? Base64::Alphabet::kUrl : Base64::Alphabet::kStandard,
          raw ? Base64::Padding::kNo : Base64::Padding::kYes};
}

class Encoding {
 public:
  // encode(data, name)
  void Encode(js::Call& call) {
    if (!call.Return(FormOf(call.String(1)).Encode(call.String(0))))
      call.ThrowRangeError("the text is longer than a string may be");
  }

  // decode(text, name, as text)
  void Decode(js::Call& call) {
    const auto bytes = FormOf(call.String(1)).Decode(call.String(0));
    if (!bytes) return call.Throw(bytes.error().message);
    const bool ok = call.Bool(2) ? call.Return(*bytes) : call.ReturnBytes(*bytes);
    if (!ok) call.ThrowRangeError("the data exceeds the memory for buffers");
  }
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/encoding",
          faces::kEncoding,
          {
              js::Native<&Encoding::Encode>("encode"),
              js::Native<&Encoding::Decode>("decode"),
          },
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<Encoding>(); }};
}

}  // namespace loadctl::modules::encoding
