// The lines of a script around the place that a message names, for a person at a terminal.
// Not for logs that programs read. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace loadctl::terminal {

/// A place in a script of this machine, as messages and stacks write it.
struct CodePlace {
  std::string path;
  std::size_t line = 0;    ///< from 1
  std::size_t column = 0;  ///< from 1

  bool operator==(const CodePlace&) const = default;
};

/// The first `file:///dir/x.ts:3:14`, or `file:///dir/x.ts: Line 3:14 `, of a script.
[[nodiscard]] std::optional<CodePlace> FindCodePlace(std::string_view message);

/// The line with the two before it, numbered, and a caret below the column:
///
///      2 | function f() {
///    > 3 |   return users[i].name;
///        |                  ^
///
/// Long lines are cut around the column. Empty if the text has no such line.
[[nodiscard]] std::string CodeFrame(std::string_view text, const CodePlace& place);

/// The frame of the place that the message names; empty if it names none, or none that is there.
[[nodiscard]] std::string CodeFrameFor(std::string_view message);

}  // namespace loadctl::terminal
