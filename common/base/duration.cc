#include "common/base/duration.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace loadctl {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kMaxMagnitude = std::uint64_t{1} << 63;  // of a negative duration

/// Quotes as Go's time package does: everything but printable ASCII becomes \xNN.
std::string QuoteTime(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte >= 0x80) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

tl::unexpected<Error> Invalid(std::string_view text) {
  return Fail("time: invalid duration " + QuoteTime(text));
}

/// Nanoseconds in a unit; 0 if there is no such unit.
std::uint64_t UnitLength(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs") return 1'000;  // both kinds of µ
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "m") return 60'000'000'000;
  if (unit == "h") return 3'600'000'000'000;
  return 0;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Digits off the front of `rest`, as a number; false when it exceeds 2^63.
bool TakeInteger(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
    if (value > kMaxMagnitude / 10) return false;
    value = value * 10 + static_cast<std::uint64_t>(rest[0] - '0');
    if (value > kMaxMagnitude) return false;
  }
  return true;
}

/// The digits after the point: value / scale. Digits that no longer fit are dropped.
void TakeFraction(std::string_view& rest, std::uint64_t& value, double& scale) {
  value = 0;
  scale = 1;
  bool full = false;
  for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
    const auto digit = static_cast<std::uint64_t>(rest[0] - '0');
    full = full || value > (kMaxMagnitude - 1) / 10 || value * 10 + digit > kMaxMagnitude;
    if (full) continue;
    value = value * 10 + digit;
    scale *= 10;
  }
}

/// One `1.5h` off the front of `rest`, added to `total`.
Result<void> TakeTerm(std::string_view text, std::string_view& rest, std::uint64_t& total) {
  const std::size_t start = rest.size();
  std::uint64_t value = 0;
  if (!TakeInteger(rest, value)) return Invalid(text);
  bool any_digit = rest.size() != start;
  std::uint64_t fraction = 0;
  double scale = 1;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t before = rest.size();
    TakeFraction(rest, fraction, scale);
    any_digit = any_digit || rest.size() != before;
  }
  if (!any_digit) return Invalid(text);
  std::size_t length = 0;
  while (length < rest.size() && rest[length] != '.' && !IsDigit(rest[length])) ++length;
  if (length == 0) return Fail("time: missing unit in duration " + QuoteTime(text));
  const std::string_view name = rest.substr(0, length);
  const std::uint64_t unit = UnitLength(name);
  if (unit == 0) {
    return Fail("time: unknown unit " + QuoteTime(name) + " in duration " + QuoteTime(text));
  }
  rest.remove_prefix(length);
  if (value > kMaxMagnitude / unit) return Invalid(text);
  value *= unit;
  if (fraction > 0) {
    // In doubles, because Go does it so: 0.3333333333333333333h is to be 20m.
    value += static_cast<std::uint64_t>(static_cast<double>(fraction) *
                                        (static_cast<double>(unit) / scale));
  }
  if (value > kMaxMagnitude || total + value > kMaxMagnitude) return Invalid(text);
  total += value;
  return {};
}

/// A plain number in decimal notation, as a double; false if the text is anything else.
bool TakeNumber(std::string_view text, double& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<std::int64_t> ParseDays(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  std::int64_t days = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), days);
  const bool whole = end == digits.data() + digits.size() && !digits.empty();
  if (error == std::errc() && whole) return days;
  return Fail("strconv.ParseInt: parsing " + QuoteTime(text) +
              (error == std::errc::result_out_of_range && whole ? ": value out of range"
                                                                : ": invalid syntax"));
}

/// `digits` (1 to 9 of them) of a fraction, without trailing zeros; nothing for 0.
void AppendFraction(std::string& out, std::uint64_t fraction, int digits) {
  if (fraction == 0) return;
  std::string text = std::to_string(fraction);
  text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
  while (text.back() == '0') text.pop_back();
  out += '.';
  out += text;
}

}  // namespace

Result<nanoseconds> ParseGoDuration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return nanoseconds(0);
  if (rest.empty()) return Invalid(text);
  std::uint64_t total = 0;
  while (!rest.empty()) {
    if (rest[0] != '.' && !IsDigit(rest[0])) return Invalid(text);
    LOADCTL_CHECK_OK(TakeTerm(text, rest, total));
  }
  if (!negative && total == kMaxMagnitude) return Invalid(text);
  return nanoseconds(static_cast<std::int64_t>(negative ? 0 - total : total));
}

Result<nanoseconds> ParseK6Duration(std::string_view text) {
  if (double number = 0; TakeNumber(text, number)) {
    const double exact = std::trunc(number * 1e6);
    if (!(std::abs(exact) < 9223372036854775808.0)) return Invalid(text);  // also NaN
    return nanoseconds(static_cast<std::int64_t>(exact));
  }
  const std::size_t mark = text.find('d');
  if (mark == std::string_view::npos) return ParseGoDuration(text);
  nanoseconds rest{0};
  if (mark + 1 < text.size()) {
    LOADCTL_TRY(rest, ParseGoDuration(text.substr(mark + 1)));
    if (rest < nanoseconds(0)) {
      return Fail("invalid time format '" + std::string(text.substr(mark + 1)) + "'");
    }
  }
  LOADCTL_TRY(const std::int64_t days, ParseDays(text.substr(0, mark)));
  constexpr std::int64_t kDay = 86'400'000'000'000;
  const __int128 total = static_cast<__int128>(days) * kDay +
                         (days < 0 ? -static_cast<__int128>(rest.count()) : rest.count());
  if (total < std::numeric_limits<std::int64_t>::min() ||
      total > std::numeric_limits<std::int64_t>::max()) {
    return Invalid(text);
  }
  return nanoseconds(static_cast<std::int64_t>(total));
}

std::string FormatGoDuration(nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const auto magnitude =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  std::string out = count < 0 ? "-" : "";
  if (magnitude < 1'000) return out + std::to_string(magnitude) + "ns";
  if (magnitude < 1'000'000) {
    out += std::to_string(magnitude / 1'000);
    AppendFraction(out, magnitude % 1'000, 3);
    return out + "\xC2\xB5s";
  }
  if (magnitude < 1'000'000'000) {
    out += std::to_string(magnitude / 1'000'000);
    AppendFraction(out, magnitude % 1'000'000, 6);
    return out + "ms";
  }
  const std::uint64_t seconds = magnitude / 1'000'000'000;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  out += std::to_string(seconds % 60);
  AppendFraction(out, magnitude % 1'000'000'000, 9);
  return out + "s";
}

}  // namespace loadctl
