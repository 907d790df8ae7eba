#include "common/text/csv.h"

#include <algorithm>
#include <utility>

namespace loadctl::text {
namespace {

constexpr char kBareQuote[] = "bare \" in non-quoted-field";
constexpr char kQuote[] = "extraneous or missing \" in quoted-field";

/// A line without the \n at its end.
std::string_view WithoutEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string_view CsvReader::TakeLine() {
  if (rest_.empty()) return current_ = {};
  const std::size_t end = std::min(rest_.find('\n'), rest_.size() - 1) + 1;
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end);
  ++number_;
  if (line.ends_with("\r\n")) {
    line_.assign(line.substr(0, line.size() - 2)).append("\n");
    line = line_;
  } else if (rest_.empty() && line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return current_ = line;
}

tl::unexpected<Error> CsvReader::FailAt(std::string_view line, std::string_view what) const {
  const auto column = static_cast<std::size_t>(line.data() - current_.data()) + 1;
  const std::string where = "parse error on line " + std::to_string(number_) + ", column " +
                            std::to_string(column) + ": " + std::string(what);
  return Fail(begun_ == number_ ? where
                                : "record on line " + std::to_string(begun_) + "; " + where);
}

/// What follows the opening quote. `line` is then what follows the field's delimiter; `ended`: the
/// row has ended with it.
Result<void> CsvReader::TakeQuoted(std::string_view& line, std::string& field, bool& ended) {
  for (;;) {
    const std::size_t quote = line.find('"');
    if (quote != std::string_view::npos) {
      field += line.substr(0, quote);
      line.remove_prefix(quote + 1);
      if (line.starts_with('"')) {
        field += '"';
        line.remove_prefix(1);
      } else if (line.starts_with(delimiter_)) {
        line.remove_prefix(1);
        return {};
      } else if (WithoutEnd(line).empty()) {
        ended = true;
        return {};
      } else {
        return FailAt({line.data() - 1, 1}, kQuote);
      }
    } else {
      field += line;
      const std::string_view before = line;
      const std::string_view whole = current_;
      line = TakeLine();
      if (line.empty()) {
        current_ = whole;
        return FailAt(before.substr(before.size()), kQuote);
      }
    }
  }
}

Result<std::optional<std::vector<std::string>>> CsvReader::Next() {
  std::string_view line;
  do {
    line = TakeLine();
    if (line.empty() && rest_.empty()) return std::nullopt;
  } while (WithoutEnd(line).empty());
  begun_ = number_;
  std::vector<std::string> row;
  for (bool ended = false; !ended;) {
    std::string& field = row.emplace_back();
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      LOADCTL_CHECK_OK(TakeQuoted(line, field, ended));
      continue;
    }
    const std::size_t end = line.find(delimiter_);
    const std::string_view text =
        end == std::string_view::npos ? WithoutEnd(line) : line.substr(0, end);
    if (const std::size_t quote = text.find('"'); quote != std::string_view::npos)
      return FailAt(line.substr(quote), kBareQuote);
    field = text;
    ended = end == std::string_view::npos;
    if (!ended) line.remove_prefix(end + 1);
  }
  if (fields_.value_or(row.size()) != row.size())
    return Fail("record on line " + std::to_string(begun_) + ": wrong number of fields");
  fields_ = row.size();
  return row;
}

}  // namespace loadctl::text
