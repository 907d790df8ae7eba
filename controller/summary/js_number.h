// Numbers and strings as JavaScript writes them: the summary's texts are k6's, and k6 writes them
// by script. Not a parser. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::summary {

/// What `String(value)` gives: the shortest digits that read back the same, `1e+21`, `1e-7`, `NaN`,
/// `Infinity`.
[[nodiscard]] std::string JsNumber(double value);

/// What `value.toFixed(digits)` gives: halves are rounded away from zero; from 1e21 on like
/// JsNumber(). `digits` is 0..20.
[[nodiscard]] std::string JsFixed(double value, int digits);

/// What `JSON.stringify(value)` gives for a number: JsNumber(), but `null` for NaN and infinities.
[[nodiscard]] std::string JsonNumber(double value);

/// What `JSON.stringify(text)` gives, with the quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string JsonString(std::string_view text);

/// Whether JavaScript takes the key for an array index (`0`, `17`): such keys come first in an
/// object, by value.
[[nodiscard]] bool IsArrayIndex(std::string_view key);

}  // namespace loadctl::summary
