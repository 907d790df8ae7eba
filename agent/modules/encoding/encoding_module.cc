#include <string>
#include <string_view>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/base/base64.h"

namespace loadctl::modules::encoding {
namespace {

/// `std`, which any unknown name means too, `rawstd`, `url`, `rawurl`.
Base64 FormOf(std::string_view name) {
  const bool raw = name.starts_with("raw");
  if (raw) name.remove_prefix(3);
  if (name != "url" && name != "std") return {};
  return {name == "url" ? Base64::Alphabet::kUrl : Base64::Alphabet::kStandard,
          raw ? Base64::Padding::kNo : Base64::Padding::kYes};
}

std::string Encode(js::Data data, std::string_view form) { return FormOf(form).Encode(data.bytes); }

Result<js::Bytes> Decode(std::string_view text, std::string_view form) {
  LOADCTL_TRY(std::string bytes, FormOf(form).Decode(text));
  return js::Bytes{std::move(bytes)};
}

Result<std::string> DecodeText(std::string_view text, std::string_view form) {
  return FormOf(form).Decode(text);
}

}  // namespace

Module Describe() {
  return {faces::kEncoding,
          {js::Native<&Encode>("encode"), js::Native<&Decode>("decode"),
           js::Native<&DecodeText>("decodeText")}};
}

}  // namespace loadctl::modules::encoding
