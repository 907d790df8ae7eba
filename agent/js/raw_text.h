// Text made of bytes that are no UTF-8: to the script a string with U+FFFD for each such byte,
// which keeps the bytes for as long as it is only passed on. Only for agent/js.
#pragma once

#include <v8.h>

#include <optional>
#include <string_view>

namespace loadctl::js {

/// Whether the bytes are UTF-8 (RFC 3629): no surrogates, no overlong forms.
[[nodiscard]] bool IsUtf8(std::string_view bytes);
/// A string that knows its bytes; empty if it would be too long.
v8::MaybeLocal<v8::String> NewRawText(v8::Isolate* isolate, std::string_view bytes);
/// The bytes of a string made by NewRawText(); valid while the string is reachable.
std::optional<std::string_view> RawBytesOf(v8::Local<v8::String> external);

}  // namespace loadctl::js
