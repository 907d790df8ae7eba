// Comma-separated values as Go's encoding/csv reads them (RFC 4180, with Go's errors).
// A value that reads memory which outlives it: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::text {

class CsvReader final {
 public:
  explicit CsvReader(std::string_view text, char delimiter = ',')
      : rest_(text), delimiter_(delimiter) {}

  /// The fields of the next row; nullopt at the end. Empty lines are passed over. Fails, as Go:
  /// `parse error on line 1, column 5: bare " in non-quoted-field`, `record on line 3: wrong number
  /// of fields` (all rows have as many as the first). It cannot go on after that.
  [[nodiscard]] Result<std::optional<std::vector<std::string>>> Next();
  /// How much of the text is behind the last row.
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  /// The next line with its end as one \n; "" at the end of the text.
  std::string_view TakeLine();
  Result<void> TakeQuoted(std::string_view& line, std::string& field, bool& ended);
  [[nodiscard]] tl::unexpected<Error> FailAt(std::string_view line, std::string_view what) const;

  std::string_view rest_;
  char delimiter_;
  std::string line_;          ///< of one whose end had to be changed
  std::string_view current_;  ///< the line that is being read, whole
  std::int64_t number_ = 0;   ///< of it, from 1
  std::int64_t begun_ = 0;    ///< where the row began
  std::optional<std::size_t> fields_;
};

}  // namespace loadctl::text
