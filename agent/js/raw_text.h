// Text made of bytes that are no UTF-8: to the script a string with U+FFFD for each such byte,
// which keeps the bytes for as long as it is only passed on; and text of a file, which is not
// copied into V8's heap. Only for agent/js.
#pragma once

#include <v8.h>

#include <optional>
#include <string_view>

namespace loadctl::js {

[[nodiscard]] bool IsAscii(std::string_view text);
/// Whether the bytes are UTF-8 (RFC 3629): no surrogates, no overlong forms.
[[nodiscard]] bool IsUtf8(std::string_view bytes);
/// A string that knows its bytes; empty if it would be too long.
v8::MaybeLocal<v8::String> NewRawText(v8::Isolate* isolate, std::string_view bytes);
/// A string of bytes that live longer than the isolate. Of ASCII it takes no memory; else there is
/// a copy as UTF-16, which all strings of these bytes share. Empty if it would be too long.
v8::MaybeLocal<v8::String> NewTextOfFile(v8::Isolate* isolate, std::string_view bytes);
/// The bytes of a string made by NewTextOfFile(), where it is not only a part of it.
std::optional<std::string_view> BytesOfFile(v8::Local<v8::String> string);
/// The bytes of a string of two-byte characters made by a function above; valid while the string is
/// reachable.
std::optional<std::string_view> RawBytesOf(v8::Local<v8::String> external);

}  // namespace loadctl::js
