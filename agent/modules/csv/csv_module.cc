#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/file_content.h"
#include "agent/modules/registry.h"
#include "agent/modules/row_index.h"
#include "agent/vu/later.h"
#include "agent/vu/vu.h"
#include "common/text/csv.h"

namespace loadctl::modules::csv {
namespace {

using Content = js::Held<const FileContent>;
using Row = RowIndex::Row;

struct Options {
  std::string delimiter = ",";
  bool skip_first_line = false;
  bool as_objects = false;
  std::optional<std::int64_t> from_line, to_line;
};

Result<void> Check(const Options& options) {
  if (options.delimiter.size() != 1) return Fail("delimiter must be a single character");
  const std::int64_t from = options.from_line.value_or(0);
  if (options.as_objects && options.skip_first_line)
    return Fail("the 'header' option cannot be enabled when 'skipFirstLine' is true");
  if (options.as_objects && from > 0)
    return Fail(
        "the 'header' option cannot be enabled when 'fromLine' is set to a value greater than 0");
  if (from < 0)
    return Fail("the 'fromLine' option must be greater than or equal to 0; got " +
                std::to_string(from));
  if (options.to_line && *options.to_line < 0)
    return Fail("the 'toLine' option must be greater than or equal to 0; got " +
                std::to_string(*options.to_line));
  if (options.from_line && options.to_line && from >= *options.to_line)
    return Fail("fromLine must be less than or equal to toLine");
  return {};
}

/// The rows that the options ask for, in order.
class Rows {
 public:
  static Result<Rows> Make(Content file, std::uint64_t at, Options options) {
    LOADCTL_CHECK_OK(Check(options));
    Rows rows(std::move(file), at, std::move(options));
    LOADCTL_CHECK_OK(rows.Begin());
    return rows;
  }

  /// Nullopt: there are no more.
  Result<std::optional<Row>> Next() {
    if (options_.to_line && *options_.to_line > 0 && line_ > *options_.to_line) return std::nullopt;
    ++line_;
    return reader_.Next();
  }
  [[nodiscard]] const std::optional<Row>& columns() const { return columns_; }
  /// Where the next one begins in the file.
  [[nodiscard]] std::uint64_t place() const { return file_->bytes.size() - reader_.left(); }

 private:
  Rows(Content file, std::uint64_t at, Options options)
      : file_(std::move(file)),
        options_(std::move(options)),
        reader_(file_->bytes.substr(std::min<std::uint64_t>(at, file_->bytes.size())),
                options_.delimiter[0]) {}

  Result<void> Begin() {
    if (options_.as_objects) {
      LOADCTL_TRY(columns_, Skip("failed to read the first line"));
    }
    const std::int64_t from = options_.from_line.value_or(0);
    if (options_.skip_first_line && from == 0) {
      LOADCTL_CHECK_OK(Skip("failed to skip the first line"));
    }
    while (line_ < from) {
      LOADCTL_CHECK_OK(Skip("failed to skip lines until line " + std::to_string(from)));
    }
    return {};
  }
  Result<Row> Skip(const std::string& doing) {
    auto row = reader_.Next();
    if (!row) return Fail(doing + "; reason: " + row.error().message);
    if (!*row) return Fail(doing + "; reason: EOF");
    ++line_;
    return std::move(**row);
  }

  Content file_;
  Options options_;
  loadctl::text::CsvReader reader_;
  std::int64_t line_ = 0;
  std::optional<Row> columns_;
};

Result<js::Held<Rows>> NewReader(Content file, std::uint64_t at, Options options) {
  auto rows = Rows::Make(std::move(file), at, std::move(options));
  if (!rows) return Fail("failed to create a new parser; reason: " + rows.error().message);
  return js::Hold(std::move(*rows));
}
std::optional<Row> ColumnsOf(js::Held<Rows> rows) { return rows->columns(); }
Result<std::optional<Row>> NextRow(js::Held<Rows> rows) { return rows->Next(); }

Result<std::shared_ptr<void>> ReadAll(Content file, std::uint64_t at, Options options) {
  auto index =
      std::make_shared<RowIndex>(file, options.delimiter.empty() ? ',' : options.delimiter[0]);
  auto rows = Rows::Make(std::move(file), at, std::move(options));
  if (!rows) return Fail("failed to create a new parser; reason: " + rows.error().message);
  index->set_columns(rows->columns());
  for (;;) {
    const std::uint64_t start = rows->place();
    const auto row = rows->Next();
    if (!row) return Fail("failed to read record; reason: " + row.error().message);
    if (!*row) return std::shared_ptr<void>(std::move(index));
    index->Add(start);
  }
}

double RowsIn(js::Held<const RowIndex> rows) { return static_cast<double>(rows->count()); }
std::optional<Row> NamesOf(js::Held<const RowIndex> rows) { return rows->columns(); }
Result<Row> RowAt(js::Held<const RowIndex> rows, double place) {
  return rows->At(static_cast<std::uint64_t>(place));
}

// parseAll(file, position, options, key) → a promise of all rows, which the VUs of the process
// share under the key
vu::Promise ParseAll(vu::Vu& vu, Content file, std::uint64_t at, Options options, std::string key) {
  return vu::Offloaded(
      vu,
      [&program = vu.program(), file = std::move(file), at, options = std::move(options),
       key = std::move(key)]() -> Result<js::Held<const RowIndex>> {
        const auto kept = [](const std::shared_ptr<void>& rows) {
          return js::Held<const RowIndex>(std::static_pointer_cast<const RowIndex>(rows));
        };
        {
          const std::lock_guard lock(program.shared_mutex);
          const auto known = program.shared.find(key);
          if (known != program.shared.end()) return kept(known->second);
        }
        LOADCTL_TRY(auto made, ReadAll(file, at, options));
        const std::lock_guard lock(program.shared_mutex);
        return kept(program.shared.try_emplace(key, std::move(made)).first->second);
      });
}

}  // namespace
}  // namespace loadctl::modules::csv

template <>
struct loadctl::js::Members<loadctl::modules::csv::Options> {
  using T = modules::csv::Options;
  static constexpr std::tuple list{
      Member{"delimiter", &T::delimiter}, Member{"skipFirstLine", &T::skip_first_line},
      Member{"asObjects", &T::as_objects}, Member{"fromLine", &T::from_line},
      Member{"toLine", &T::to_line}};
};

namespace loadctl::modules::csv {

Module Describe() {
  return {faces::kCsv,
          {js::Native<&NewReader>("newReader"), js::Native<&ColumnsOf>("columnsOf"),
           js::Native<&NamesOf>("namesOf"), js::Native<&NextRow>("nextRow"),
           js::Native<&ParseAll>("parseAll"), js::Native<&RowAt>("rowAt"),
           js::Native<&RowsIn>("rowsIn")}};
}

}  // namespace loadctl::modules::csv
