#include "common/text/quote.h"

#include <algorithm>

#include "common/text/utf8.h"

namespace loadctl::text {
namespace {

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

}  // namespace

std::string QuoteGo(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (character.size == 0) {
      quoted += "\\x" + Hex(static_cast<unsigned char>(text[0]), 2);
    } else if (character.code == '"' || character.code == '\\') {
      quoted.append("\\").append(text.substr(0, 1));
    } else if (IsPrintable(character.code)) {
      quoted += text.substr(0, size);
    } else {
      quoted += Escaped(character.code);
    }
    text.remove_prefix(size);
  }
  return quoted + '"';
}

}  // namespace loadctl::text
