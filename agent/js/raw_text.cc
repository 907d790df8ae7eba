#include "agent/js/raw_text.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

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

using Utf16 = std::shared_ptr<const std::u16string>;

/// Every two-byte string whose memory is not V8's is one of these.
class RawText final : public v8::String::ExternalStringResource {
 public:
  explicit RawText(std::string_view bytes)
      : own_(bytes), bytes_(own_), text_(std::make_shared<const std::u16string>(ToUtf16(bytes))) {}
  RawText(std::string_view file, Utf16 text)
      : bytes_(file), of_file_(true), text_(std::move(text)) {}
  const std::uint16_t* data() const override {
    return reinterpret_cast<const std::uint16_t*>(text_->data());
  }
  std::size_t length() const override { return text_->size(); }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool of_file() const { return of_file_; }

 private:
  std::string own_;
  std::string_view bytes_;
  bool of_file_ = false;
  Utf16 text_;
};

/// The text of a file, once for all isolates that have a string of it. Any thread.
Utf16 SharedUtf16(std::string_view file) {
  static std::mutex mutex;
  static std::map<const char*, std::weak_ptr<const std::u16string>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& one) { return one.second.expired(); });
  auto& place = known[file.data()];
  Utf16 text = place.lock();
  if (!text) place = text = std::make_shared<const std::u16string>(ToUtf16(file));
  return text;
}

/// Every one-byte string whose memory is not V8's is one of these.
class AsciiOfFile final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit AsciiOfFile(std::string_view bytes) : bytes_(bytes) {}
  const char* data() const override { return bytes_.data(); }
  std::size_t length() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace

bool IsAscii(std::string_view text) {
  const char* p = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if ((word & 0x8080808080808080ull) != 0) return false;
  }
  for (; left > 0; --left, ++p) {
    if ((static_cast<unsigned char>(*p) & 0x80u) != 0) return false;
  }
  return true;
}

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

v8::MaybeLocal<v8::String> NewTextOfFile(v8::Isolate* isolate, std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(v8::String::kMaxLength)) return {};
  if (IsAscii(bytes)) return v8::String::NewExternalOneByte(isolate, new AsciiOfFile(bytes));
  return v8::String::NewExternalTwoByte(isolate, new RawText(bytes, SharedUtf16(bytes)));
}

std::optional<std::string_view> BytesOfFile(v8::Local<v8::String> string) {
  if (string->IsExternalOneByte()) {
    const auto* resource = string->GetExternalOneByteStringResource();
    return std::string_view(resource->data(), resource->length());
  }
  if (!string->IsExternalTwoByte()) return std::nullopt;
  const auto* text = static_cast<const RawText*>(string->GetExternalStringResource());
  return text->of_file() ? std::optional(text->bytes()) : std::nullopt;
}

std::optional<std::string_view> RawBytesOf(v8::Local<v8::String> external) {
  const auto* resource = external->GetExternalStringResource();
  if (resource == nullptr) return std::nullopt;
  return static_cast<const RawText*>(resource)->bytes();
}

}  // namespace loadctl::js
