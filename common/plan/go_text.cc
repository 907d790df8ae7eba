#include "common/plan/go_text.h"

#include <limits>

namespace loadctl::plan {
namespace {

constexpr char kHex[] = "0123456789abcdef";

/// Length of the well-formed UTF-8 character at the front; 0 if there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // over-long
  if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // over-long
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
  return length;
}

void AppendEscapedByte(std::string& out, unsigned char c) {
  constexpr std::string_view kNames = "abtnvfr";  // \a is 7, \r is 13
  if (c >= 7 && c <= 13) {
    out += '\\';
    out += kNames[static_cast<std::size_t>(c - 7)];
    return;
  }
  out += "\\x";
  out += kHex[c >> 4];
  out += kHex[c & 15];
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

}  // namespace

std::string QuoteGo(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (length == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) {  // C1 controls
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(text[1]) >> 4];
      out += kHex[text[1] & 15];
      text.remove_prefix(2);
      continue;
    }
    if (length == 0 || c < 0x20 || c == 0x7F) {
      AppendEscapedByte(out, c);
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out + '"';
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

}  // namespace loadctl::plan
