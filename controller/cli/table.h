// Tables for people at a terminal. Not for programs, which get JSON. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadctl::cli {

struct Column {
  std::string_view head;
  bool number = false;  ///< aligned to the right
};

/// A line for the heads and for each row, columns two spaces apart, no spaces at a line's end.
/// Control characters, which may come from another machine, are shown as `?`.
[[nodiscard]] std::string Table(const std::vector<Column>& columns,
                                const std::vector<std::vector<std::string>>& rows);

/// `2026-11-29 19:30:00`, in this machine's zone.
[[nodiscard]] std::string LocalTime(std::int64_t unix_ns);

/// Without control characters.
[[nodiscard]] std::string Printable(std::string text);

}  // namespace loadctl::cli
