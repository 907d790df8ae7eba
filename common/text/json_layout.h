// Where the values of a large JSON text lie, without making them: SharedArray of a file.
// Not for reading values (json_value.h). Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace loadctl::text {

/// Whether `text`, at most 4 GiB, is JSON just as JSON.parse() takes it, and each value in it would
/// be the same if it was written as JSON and read again: no -0, no numbers that doubles round to
/// infinity or nothing. False for some texts of which that is true, too: values nested more than
/// 1,000 deep, exponents of three digits, numbers of more than 100 characters.
[[nodiscard]] bool IsPlainJson(std::string_view text);

/// The first character that is no white space; 0 if there is none.
[[nodiscard]] char FirstOfJson(std::string_view text);

/// Where the elements of an array begin, and behind them its `]`. `array` is plain (IsPlainJson()),
/// and an array.
[[nodiscard]] std::vector<std::uint32_t> ElementsOfJson(std::string_view array);

/// An element: `from` where it begins, `to` where the next one does, or the `]`.
[[nodiscard]] std::string_view ElementOfJson(std::string_view array, std::uint32_t from,
                                             std::uint32_t to);

/// A member of an object.
struct JsonMember {
  bool known = true;       ///< false: some name is written with `\`, so that nobody can say
  std::string_view value;  ///< of the last one with this name; empty: there is none
};
/// `object` is plain (IsPlainJson()), and an object; `name` is UTF-8.
[[nodiscard]] JsonMember MemberOfJson(std::string_view object, std::string_view name);

}  // namespace loadctl::text
