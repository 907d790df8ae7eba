// Numbers and words as Go reads them and as JavaScript and Go write them, so that k6's texts are
// accepted, refused, reported and printed as in k6. Not for durations (common/base/duration.h).
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::text {

/// Go's strconv.ParseFloat(text, 64): decimal and hexadecimal (with `p`), `inf`, `infinity` and
/// `nan` in any case, `_` between digits.
///
/// Fails (kGeneric) with `strconv.ParseFloat: parsing "x": invalid syntax` or `...: value out of
/// range` (overflow; what is too small is 0).
[[nodiscard]] Result<double> ParseGoFloat(std::string_view text);

enum class IntegerBase {
  kDecimal,  ///< script options and environment
  kPrefix,   ///< flags: also 0x1f, 0o17, 017, 0b11 and 1_000
};

/// Reads a signed 64-bit integer. Fails (kGeneric) with Go's texts: `strconv.ParseInt: parsing "x":
/// invalid syntax`, or `...: value out of range`.
[[nodiscard]] Result<std::int64_t> ParseGoInt(std::string_view text,
                                              IntegerBase base = IntegerBase::kDecimal);

/// Reads `1 t T true TRUE True` and their opposites. Fails (kGeneric) with `strconv.ParseBool:
/// parsing "x": invalid syntax`.
[[nodiscard]] Result<bool> ParseGoBool(std::string_view text);

/// The text without the white space, as Unicode has it, at either end.
[[nodiscard]] std::string_view TrimGoSpace(std::string_view text);

/// What `String(value)` gives: the shortest digits that read back the same, `1e+21`, `1e-7`, `NaN`,
/// `Infinity`. Go's JSON encoder writes numbers the same way, but for -0.
[[nodiscard]] std::string JsNumber(double value);

/// What `value.toFixed(digits)` gives: halves are rounded away from zero; from 1e21 on like
/// JsNumber(). `digits` is 0..20.
[[nodiscard]] std::string JsFixed(double value, int digits);

/// Go's strconv.FormatFloat(value, 'g', -1, 64), which is `%v`: the shortest digits that read back
/// the same; below 1e-4 and from 1e6 on with an exponent, of two digits at least. `value` is
/// finite.
[[nodiscard]] std::string GoFloat(double value);

/// Whether JavaScript takes the key for an array index (`0`, `17`): such keys come first in an
/// object, by value.
[[nodiscard]] bool IsArrayIndex(std::string_view key);

}  // namespace loadctl::text
