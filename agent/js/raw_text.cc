#include "agent/js/raw_text.h"

#include <cstdint>
#include <string>

#include "common/text/utf8.h"

namespace loadctl::js {
namespace {

/// One U+FFFD for each byte that is no part of a character, as Go reads text.
std::u16string ToUtf16(std::string_view bytes) {
  std::u16string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto [code, size] = text::FirstCharacter(bytes);
    if (size == 0) {
      out += u'\uFFFD';
    } else if (code >= 0x10000) {
      out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      out += static_cast<char16_t>(code);
    }
    bytes.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

/// Every two-byte string whose memory is not V8's is one of these.
class RawText final : public v8::String::ExternalStringResource {
 public:
  explicit RawText(std::string_view bytes) : bytes_(bytes), text_(ToUtf16(bytes)) {}
  const std::uint16_t* data() const override {
    return reinterpret_cast<const std::uint16_t*>(text_.data());
  }
  std::size_t length() const override { return text_.size(); }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::u16string text_;
};

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = text::FirstCharacter(bytes).size;
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

v8::MaybeLocal<v8::String> NewRawText(v8::Isolate* isolate, std::string_view bytes) {
  return v8::String::NewExternalTwoByte(isolate, new RawText(bytes));
}

std::optional<std::string_view> RawBytesOf(v8::Local<v8::String> external) {
  const auto* resource = external->GetExternalStringResource();
  if (resource == nullptr) return std::nullopt;
  return static_cast<const RawText*>(resource)->bytes();
}

}  // namespace loadctl::js
