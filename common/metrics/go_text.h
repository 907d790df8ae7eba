// Numbers, spaces and quotes as Go has them, so that k6's texts are accepted, refused and reported
// as in k6. Not for durations (common/base/duration.h). Plain functions: any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::metrics {

/// Go's strconv.ParseFloat(text, 64): decimal and hexadecimal (with `p`), `inf`, `infinity` and
/// `nan` in any case, `_` between digits.
///
/// Fails (kGeneric) with `strconv.ParseFloat: parsing "x": invalid syntax` or `...: value out of
/// range` (overflow; what is too small is 0).
[[nodiscard]] Result<double> ParseGoFloat(std::string_view text);

/// The text without the white space, as Unicode has it, at either end.
[[nodiscard]] std::string_view TrimGoSpace(std::string_view text);

/// The text in double quotes as Go's %q prints it: `\"`, `\\`, `\n`, `\x00`, `\u00a0`; bytes that
/// are not UTF-8 as `\xff`. Of characters that Go calls unprintable, escapes controls, formats,
/// spaces but U+0020, surrogates, private use and non-characters; not those that no Unicode version
/// uses.
[[nodiscard]] std::string QuoteGo(std::string_view text);

}  // namespace loadctl::metrics
