#include "common/metrics/go_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>

namespace loadctl::metrics {
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

struct Rune {
  char32_t code = 0;
  std::size_t size = 0;  // in bytes; 0 if the text does not start with well-formed UTF-8
};

Rune FirstRune(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t code = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[size] || code > 0x10ffff || surrogate) return {};
  return {code, size};
}

bool IsPrintable(char32_t c) {
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (in(0x20, 0x7e)) return true;
  return !(c < 0x20 || in(0x7f, 0xa0) || c == 0xad || in(0x600, 0x605) || c == 0x61c ||
           c == 0x6dd || c == 0x70f || c == 0x1680 || c == 0x180e || in(0x2000, 0x200f) ||
           in(0x2028, 0x202f) || in(0x205f, 0x206f) || c == 0x3000 || in(0xe000, 0xf8ff) ||
           c == 0xfeff || in(0xfff0, 0xfffb) || (c & 0xfffe) == 0xfffe || in(0xfdd0, 0xfdef) ||
           in(0x1d173, 0x1d17a) || in(0xe0000, 0xe00ff) || c >= 0xf0000);
}

std::string Hex(char32_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[value >> shift & 15];
  }
  return text;
}

std::string Escaped(char32_t c) {
  constexpr std::string_view kLetters = "abtnvfr";  // 7 to 13
  if (c >= 7 && c <= 13) return std::string("\\") + kLetters[c - 7];
  if (c < 0x80) return "\\x" + Hex(c, 2);
  return c < 0x10000 ? "\\u" + Hex(c, 4) : "\\U" + Hex(c, 8);
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

std::string QuoteGo(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    const std::size_t size = std::max<std::size_t>(rune.size, 1);
    if (rune.size == 0) {
      quoted += "\\x" + Hex(static_cast<unsigned char>(text[0]), 2);
    } else if (rune.code == '"' || rune.code == '\\') {
      quoted.append("\\").append(text.substr(0, 1));
    } else if (IsPrintable(rune.code)) {
      quoted += text.substr(0, size);
    } else {
      quoted += Escaped(rune.code);
    }
    text.remove_prefix(size);
  }
  return quoted + '"';
}

}  // namespace loadctl::metrics
