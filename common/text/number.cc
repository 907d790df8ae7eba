#include "common/text/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>

#include "common/text/quote.h"

namespace loadctl::text {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A number's text taken apart: whether Go's grammar has it, and without its underscores.
struct Parts {
  bool valid = false;
  bool negative = false;
  bool hexadecimal = false;
  std::string digits;  // without sign, prefix and underscores
};

// Underscores may stand between digits only, or between the prefix 0x and a digit.
bool UnderscoresFit(std::string_view text, bool hexadecimal) {
  char before = hexadecimal ? '0' : ' ';
  for (const char c : text) {
    const bool digit = IsDigit(c) || (hexadecimal && Lower(c) >= 'a' && Lower(c) <= 'f');
    if (c == '_') {
      if (before != '0') return false;
      before = '_';
    } else {
      if (before == '_' && !digit) return false;
      before = digit ? '0' : ' ';
    }
  }
  return before != '_';
}

Parts TakeApart(std::string_view text) {
  Parts parts;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.size() > 2 && text[0] == '0' && Lower(text[1]) == 'x') {
    parts.hexadecimal = true;
    text.remove_prefix(2);
  }
  if (!UnderscoresFit(text, parts.hexadecimal)) return parts;
  for (const char c : text) {
    if (c != '_') parts.digits += Lower(c);
  }
  const std::string& s = parts.digits;
  std::size_t i = 0, digits = 0, points = 0;
  for (; i < s.size(); ++i) {
    if (s[i] == '.' && points == 0) {
      ++points;
    } else if (IsDigit(s[i]) || (parts.hexadecimal && s[i] >= 'a' && s[i] <= 'f')) {
      ++digits;
    } else {
      break;
    }
  }
  if (digits == 0) return parts;
  const char mark = parts.hexadecimal ? 'p' : 'e';
  if (i == s.size()) {
    parts.valid = !parts.hexadecimal;  // hexadecimal numbers must have an exponent
    return parts;
  }
  if (s[i++] != mark) return parts;
  if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
  if (i == s.size()) return parts;
  parts.valid = std::all_of(s.begin() + static_cast<std::ptrdiff_t>(i), s.end(), IsDigit);
  return parts;
}

// The code point at the start of the text if it is white space, as its length in bytes; else 0.
std::size_t SpaceAt(std::string_view text) {
  static constexpr std::array<std::string_view, 25> kSpaces = {
      " ",
      "\t",
      "\n",
      "\v",
      "\f",
      "\r",
      "\xc2\x85",
      "\xc2\xa0",
      "\xe1\x9a\x80",
      "\xe2\x80\x80",
      "\xe2\x80\x81",
      "\xe2\x80\x82",
      "\xe2\x80\x83",
      "\xe2\x80\x84",
      "\xe2\x80\x85",
      "\xe2\x80\x86",
      "\xe2\x80\x87",
      "\xe2\x80\x88",
      "\xe2\x80\x89",
      "\xe2\x80\x8a",
      "\xe2\x80\xa8",
      "\xe2\x80\xa9",
      "\xe2\x80\xaf",
      "\xe2\x81\x9f",
      "\xe3\x80\x80",
  };
  for (const std::string_view space : kSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

/// Takes a base prefix off the front of the digits.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char mark = digits[1];
  const int base = mark == 'x' || mark == 'X'   ? 16
                   : mark == 'b' || mark == 'B' ? 2
                   : mark == 'o' || mark == 'O' ? 8
                                                : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

/// From here on JavaScript writes numbers with an exponent, in toFixed() too.
constexpr double kExponentFrom = 1e21;

/// The shortest digits of a positive finite value and where its decimal point is: 0.012 is {"12",
/// -1}.
struct Digits {
  std::string digits;
  int point = 0;
};

Digits ShortestDigits(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  Digits result;
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits += c;
  }
  result.point = std::atoi(std::string(text.substr(e + 1)).c_str()) + 1;
  return result;
}

/// Without an exponent: `0.00012`, `1.2`, `1200`.
std::string Plain(const Digits& number) {
  const auto& [digits, point] = number;
  if (point <= 0) return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  const auto cut = static_cast<std::size_t>(point);
  if (digits.size() <= cut) return digits + std::string(cut - digits.size(), '0');
  return digits.substr(0, cut) + "." + digits.substr(cut);
}

std::string Mantissa(const Digits& number) {
  const std::string& digits = number.digits;
  return digits.size() == 1 ? digits : digits.substr(0, 1) + "." + digits.substr(1);
}

std::string Exponent(int exponent, std::size_t least_digits) {
  std::string digits = std::to_string(std::abs(exponent));
  if (digits.size() < least_digits) digits.insert(0, least_digits - digits.size(), '0');
  return (exponent < 0 ? "e-" : "e+") + digits;
}

}  // namespace

Result<double> ParseGoFloat(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return Fail("strconv.ParseFloat: parsing " + QuoteGo(text) + ": " + std::string(why));
  };
  std::string word;
  for (const char c : text) word += Lower(c);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word == "inf" || word == "+inf" || word == "infinity" || word == "+infinity") {
    return kInfinity;
  }
  if (word == "-inf" || word == "-infinity") return -kInfinity;

  const Parts parts = TakeApart(text);
  if (!parts.valid) return fail("invalid syntax");
  double value = 0;
  const char* begin = parts.digits.data();
  const char* end = begin + parts.digits.size();
  const auto format = parts.hexadecimal ? std::chars_format::hex : std::chars_format::general;
  const auto read = std::from_chars(begin, end, value, format);
  if (read.ec == std::errc::result_out_of_range) {
    // Too large or too small; strtod tells which (Go takes what is too small as it comes).
    value = std::strtod(((parts.hexadecimal ? "0x" : "") + parts.digits).c_str(), nullptr);
    if (std::isinf(value)) return fail("value out of range");
  }
  return parts.negative ? -value : value;
}

std::string_view TrimGoSpace(std::string_view text) {
  while (const std::size_t size = SpaceAt(text)) text.remove_prefix(size);
  for (bool cut = true; cut && !text.empty();) {
    cut = false;
    for (std::size_t size = 1; size <= 3 && size <= text.size() && !cut; ++size) {
      if (SpaceAt(text.substr(text.size() - size)) == size) {
        text.remove_suffix(size);
        cut = true;
      }
    }
  }
  return text;
}

Result<std::int64_t> ParseGoInt(std::string_view text, IntegerBase base) {
  const auto fail = [&](std::string_view why) {
    return Fail("strconv.ParseInt: parsing " + QuoteGo(text) + ": " + std::string(why));
  };
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int radix = 10;
  bool underscore_allowed = false;  // only right after a prefix or a digit
  if (base == IntegerBase::kPrefix) {
    const std::size_t before = digits.size();
    radix = TakeBase(digits);
    underscore_allowed = digits.size() != before;
  }
  if (digits.empty()) return fail("invalid syntax");
  const auto limit =
      static_cast<unsigned __int128>(std::numeric_limits<std::int64_t>::max()) + (negative ? 1 : 0);
  unsigned __int128 value = 0;
  bool too_large = false;
  bool last_is_digit = false;
  for (const char c : digits) {
    if (c == '_' && base == IntegerBase::kPrefix && (last_is_digit || underscore_allowed)) {
      last_is_digit = underscore_allowed = false;
      continue;
    }
    const int digit = DigitValue(c);
    if (digit >= radix) return fail("invalid syntax");
    last_is_digit = true;
    underscore_allowed = false;
    if (!too_large) value = value * static_cast<unsigned>(radix) + static_cast<unsigned>(digit);
    too_large = too_large || value > limit;
  }
  if (!last_is_digit) return fail("invalid syntax");
  if (too_large) return fail("value out of range");
  const auto magnitude = static_cast<std::uint64_t>(value);
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

Result<bool> ParseGoBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return Fail("strconv.ParseBool: parsing " + QuoteGo(text) + ": invalid syntax");
}

std::string JsNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  const std::string sign = value < 0 ? "-" : "";
  const Digits shortest = ShortestDigits(std::fabs(value));
  if (-6 < shortest.point && shortest.point <= 21) return sign + Plain(shortest);
  return sign + Mantissa(shortest) + Exponent(shortest.point - 1, 1);
}

std::string GoFloat(double value) {
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0";
  const Digits shortest = ShortestDigits(std::fabs(value));
  if (-4 < shortest.point && shortest.point <= 6) return sign + Plain(shortest);
  return sign + Mantissa(shortest) + Exponent(shortest.point - 1, 2);
}

std::string JsFixed(double value, int digits) {
  if (!std::isfinite(value) || std::fabs(value) >= kExponentFrom) return JsNumber(value);
  // All decimals of a double, so that halves are seen as halves: printf would round them to even.
  constexpr int kAllDecimals = 1074;
  std::array<char, 32 + kAllDecimals> buffer;
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%.*f", kAllDecimals, std::fabs(value));
  std::string text(buffer.data(), static_cast<std::size_t>(length));
  const std::size_t keep = text.find('.') + 1 + static_cast<std::size_t>(digits);
  const bool up = text[keep] >= '5';
  text.resize(digits == 0 ? keep - 1 : keep);
  if (up) {
    std::size_t i = text.size();
    while (i > 0 && (text[i - 1] == '9' || text[i - 1] == '.')) {
      --i;
      if (text[i] == '9') text[i] = '0';
    }
    if (i == 0) {
      text.insert(0, "1");
    } else {
      ++text[i - 1];
    }
  }
  return value < 0 ? "-" + text : text;
}

bool IsArrayIndex(std::string_view key) {
  if (key.empty() || key.size() > 10 || (key.size() > 1 && key[0] == '0')) return false;
  std::uint64_t value = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value < 0xFFFFFFFFu;
}

}  // namespace loadctl::text
