// Texts of flags and lists, whatever option they are for.
#include <charconv>

#include "common/base/duration.h"
#include "common/text/number.h"
#include "controller/plan/values.h"

namespace loadctl::plan {

Result<void> CheckFlagText(const Setting& setting, std::string_view text) {
  switch (setting.type) {
    case ValueType::kBool:
      LOADCTL_CHECK_OK(text::ParseGoBool(text));
      return {};
    case ValueType::kInt:
      LOADCTL_CHECK_OK(text::ParseGoInt(text, text::IntegerBase::kPrefix));
      return {};
    case ValueType::kDuration:
      LOADCTL_CHECK_OK(ParseGoDuration(text));
      return {};
    case ValueType::kStringList:
    case ValueType::kTrendStats:
    case ValueType::kSystemTags:
    case ValueType::kIpRanges:
    case ValueType::kHostPatterns:
    case ValueType::kStages:
      LOADCTL_CHECK_OK(SplitCsv(text));
      return {};
    case ValueType::kAutoOrInt:
      if (text == "auto") return {};
      [[fallthrough]];
    case ValueType::kPositiveInt: {
      const auto given = text::ParseGoInt(text);
      if (!given) {
        return Fail((setting.type == ValueType::kAutoOrInt
                         ? "must be auto or a whole number of 1 to "
                         : "must be a whole number of 1 to ") +
                    std::to_string(setting.most));
      }
      const std::int64_t number = *given;
      if (number < 1) return Fail("must be at least 1");
      if (number > setting.most) return Fail("must be at most " + std::to_string(setting.most));
      return {};
    }
    case ValueType::kBytes: {
      LOADCTL_TRY(const auto bytes, ParseBytes(text));
      // Less than what an empty isolate needs would only end in a crash of V8.
      constexpr std::int64_t kLeast = std::int64_t{4} << 20;
      if (bytes < kLeast) return Fail("must be at least 4M");
      if (bytes > setting.most)
        return Fail("must be at most " + std::to_string(setting.most >> 30) + "G");
      return {};
    }
    default:
      return {};
  }
}

Result<std::vector<std::string>> SplitCsv(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  const auto fail = [&](std::size_t at, std::string_view why) {
    return Fail("parse error on line 1, column " + std::to_string(at + 1) + ": " +
                std::string(why));
  };
  for (std::size_t i = 0;; ++i) {  // one field a turn; i ends on the comma
    std::string field;
    if (i < text.size() && text[i] == '"') {
      for (++i;; ++i) {
        if (i >= text.size()) return fail(i, "extraneous or missing \" in quoted-field");
        if (text[i] == '"' && (i + 1 >= text.size() || text[i + 1] != '"')) break;
        if (text[i] == '"') ++i;
        field += text[i];
      }
      ++i;
      if (i < text.size() && text[i] != ',') {
        return fail(i - 1, "extraneous or missing \" in quoted-field");
      }
    } else {
      for (; i < text.size() && text[i] != ','; ++i) {
        if (text[i] == '"') return fail(i, "bare \" in non-quoted-field");
        field += text[i];
      }
    }
    out.push_back(std::move(field));
    if (i >= text.size()) return out;
  }
}

Result<std::int64_t> ParseBytes(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::size_t power = unit.empty() ? 0 : std::string_view("KMG").find(unit[0]) + 1;
  if (!unit.empty() && power != 0) unit.remove_prefix(1);
  const bool good_unit = unit.empty() || unit == "B" || (power != 0 && unit == "iB");
  constexpr std::int64_t kLargest = std::int64_t{1} << 50;
  if (error != std::errc() || !good_unit || number < 1 || number > kLargest >> (10 * power)) {
    return Fail("want a size such as 512M or 2G");
  }
  return number << (10 * power);
}

Result<void> CheckTrendStats(std::span<const std::string> stats) {
  for (const std::string& stat : stats) {
    if (stat == "avg" || stat == "min" || stat == "med" || stat == "max" || stat == "count") {
      continue;
    }
    if (!stat.starts_with("p(") || !stat.ends_with(")")) {
      return Fail("invalid trend stat '" + stat + "', unknown format");
    }
    double percentile = -1;
    const char* begin = stat.data() + 2;
    const char* end = stat.data() + stat.size() - 1;
    const auto read = std::from_chars(begin, end, percentile);
    const bool good = read.ec == std::errc() && read.ptr == end && begin < end;
    if (!good || !(percentile >= 0 && percentile <= 100)) {
      return Fail("invalid percentile trend stat value '" + stat +
                  "', provide a number between 0 and 100");
    }
  }
  return {};
}

}  // namespace loadctl::plan
