#include "controller/summary/js_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace loadctl::summary {
namespace {

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

/// Length of the UTF-8 sequence that starts at `at`, or 0 if it is broken there.
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        std::array<char, 8> buffer;
        std::snprintf(buffer.data(), buffer.size(), "\\u%04x", c);
        out += buffer.data();
      } else {
        out += c;
      }
  }
}

}  // namespace

std::string JsNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  const std::string sign = value < 0 ? "-" : "";
  const auto [digits, point] = ShortestDigits(std::fabs(value));
  const int count = static_cast<int>(digits.size());
  if (count <= point && point <= 21) {
    return sign + digits + std::string(static_cast<std::size_t>(point - count), '0');
  }
  if (0 < point && point <= 21) {
    const auto cut = static_cast<std::size_t>(point);
    return sign + digits.substr(0, cut) + "." + digits.substr(cut);
  }
  if (-6 < point && point <= 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  }
  const int exponent = point - 1;
  std::string mantissa = digits.substr(0, 1);
  if (count > 1) mantissa += "." + digits.substr(1);
  return sign + mantissa + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
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

std::string JsonNumber(double value) { return std::isfinite(value) ? JsNumber(value) : "null"; }

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = SequenceLength(text, i);
    if (length == 1) {
      AppendEscaped(out, text[i]);
    } else if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out + "\"";
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

}  // namespace loadctl::summary
