// Rows of a CSV file, made when they are read: csv.parse() and Rows. Immutable once made; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/js/native_types.h"
#include "agent/modules/file_content.h"
#include "common/base/error.h"
#include "common/text/csv.h"

namespace loadctl::modules {

/// Where the rows of a file begin, every few of them: a byte a row besides the text.
class RowIndex {
 public:
  using Row = std::vector<std::string>;

  RowIndex(js::Held<const FileContent> file, char delimiter)
      : file_(std::move(file)), delimiter_(delimiter) {}

  /// While it is made: the next row begins at this byte of the file.
  void Add(std::uint64_t start) {
    if (count_++ % kEvery == 0) starts_.push_back(start);
  }
  void set_columns(std::optional<Row> columns) { columns_ = std::move(columns); }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Names of the fields, where the first line has them.
  [[nodiscard]] const std::optional<Row>& columns() const { return columns_; }
  /// Fails if there are not so many; places count from 0.
  [[nodiscard]] Result<Row> At(std::uint64_t place) const {
    const auto none = [&] { return Fail("there is no row " + std::to_string(place)); };
    if (place >= count_) return none();
    loadctl::text::CsvReader reader(file_->bytes.substr(starts_[place / kEvery]), delimiter_);
    for (std::uint64_t skip = place % kEvery;; --skip) {
      LOADCTL_TRY(auto row, reader.Next());
      if (!row) return none();
      if (skip == 0) return std::move(*row);
    }
  }

 private:
  static constexpr std::uint64_t kEvery = 8;

  js::Held<const FileContent> file_;
  char delimiter_;
  std::optional<Row> columns_;
  std::vector<std::uint64_t> starts_;
  std::uint64_t count_ = 0;
};

}  // namespace loadctl::modules
