#include "agent/html/text_case.h"

#include <algorithm>
#include <clocale>
#include <cwctype>

#include "common/text/utf8.h"

namespace loadctl::html {
namespace {

/// Letters by Unicode whatever the environment says; glibc has it built in.
locale_t Utf8() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t LowerOf(char32_t code) {
  if (code < 128) return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
  if (Utf8() == nullptr) return code;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(code), Utf8()));
}

}  // namespace

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

std::string ToLower(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<signed char>(c) >= 0; }))
    return LowerAscii(text);
  std::string lower;
  lower.reserve(text.size());
  while (!text.empty()) {
    const text::Character next = text::FirstCharacter(text);
    if (next.size == 0) {
      lower += text[0];
    } else {
      text::AppendUtf8(LowerOf(next.code), lower);
    }
    text.remove_prefix(std::max<std::size_t>(next.size, 1));
  }
  return lower;
}

bool EqualFold(std::string_view a, std::string_view b) { return ToLower(a) == ToLower(b); }

bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    const text::Character next = text::FirstCharacter(text);
    const char32_t c = next.code;
    const bool space =
        next.size > 0 && ((c >= 0x9 && c <= 0xD) || c == ' ' || c == 0x85 || c == 0xA0 ||
                          c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
                          c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000);
    if (!space) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

}  // namespace loadctl::html
