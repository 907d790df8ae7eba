// JSON as text: its values cut out, texts in quotes read, validity. Without building
// anything: a value is the part of the text that holds it. Not for options and plans, which
// Boost.JSON reads, nor for writing (json_writer.h). Any thread. Every function takes any bytes;
// what is not JSON gives something harmless.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace loadctl::text {

enum class Kind { kNone, kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

/// Deepest nesting that is descended into: each level may read what is below it once more.
inline constexpr int kMaxDepth = 256;
[[nodiscard]] bool IsTooDeep(std::string_view text);

/// What the text's first value is; kNone: there is none.
[[nodiscard]] Kind KindOf(std::string_view text);
/// The text's first value alone, without what is around it.
[[nodiscard]] std::string_view FirstValue(std::string_view text);
/// Where the value that begins at `at` ends.
[[nodiscard]] std::size_t EndOf(std::string_view text, std::size_t at);
/// Where brackets, braces and parentheses that are open `depth` deep at `at` are closed again,
/// texts in quotes left out.
[[nodiscard]] std::size_t EndOfGroup(std::string_view text, std::size_t at, int depth);
/// Where the text in quotes that begins at `at` ends, behind its second quote.
[[nodiscard]] std::size_t EndOfString(std::string_view text, std::size_t at);

/// Calls `each` with each element of an array, or each value of an object (with its key, quotes
/// included), until it returns false.
using EachValue = std::function<bool(std::string_view key, std::string_view value)>;
void ForEach(std::string_view container, const EachValue& each);

/// `"a\u00e9"` → `aé`; without quotes: what is between them.
[[nodiscard]] std::string Unquote(std::string_view quoted);
[[nodiscard]] std::string Unescape(std::string_view inner);
/// As Go's ParseFloat, or 0 if it fails.
[[nodiscard]] double ToNumber(std::string_view text);

[[nodiscard]] bool IsValid(std::string_view text);

[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace loadctl::text
