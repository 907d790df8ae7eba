// Text in double quotes as Go prints it. Not JSON (json_writer.h). Any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::text {

/// The text in double quotes as Go's %q prints it: `\"`, `\\`, `\n`, `\x00`, `\u00a0`; bytes that
/// are not UTF-8 as `\xff`. Of characters that Go calls unprintable, escapes controls, formats,
/// spaces but U+0020, surrogates, private use and non-characters; not those that no Unicode version
/// uses.
[[nodiscard]] std::string QuoteGo(std::string_view text);

}  // namespace loadctl::text
