// Text of others on a terminal: what moves its cursor, asks it questions or sets its clipboard is
// not let through. Not for one line of a log (quote.h). Pure function, any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::text {

/// Lines, tabs and colours (`ESC [ 1;31 m`) stay; any other control character is shown as `?`, also
/// of the second set (U+0080 to U+009F in UTF-8).
[[nodiscard]] std::string ColorsOnly(std::string_view text);

}  // namespace loadctl::text
