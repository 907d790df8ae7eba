#include "agent/html/character_references.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "common/text/utf8.h"

namespace loadctl::html {
namespace {

struct Characters {
  char32_t first = 0;
  char32_t second = 0;
};
using Names = std::unordered_map<std::string_view, Characters>;

constexpr std::string_view kNames =
#include "agent/html/entities.inc"
    ;

Names ReadNames() {
  Names names;
  names.reserve(2304);
  std::string_view rest = kNames;
  while (!rest.empty()) {
    const std::size_t equals = rest.find('=');
    const std::size_t space = rest.find(' ', equals);
    const std::string_view codes = rest.substr(equals + 1, space - equals - 1);
    std::uint32_t first = 0, second = 0;
    const auto* end = codes.data() + codes.size();
    const auto read = std::from_chars(codes.data(), end, first, 16);
    if (read.ptr != end) std::from_chars(read.ptr + 1, end, second, 16);
    names[rest.substr(0, equals)] = {first, second};
    rest.remove_prefix(space + 1);
  }
  return names;
}

const Names& AllNames() {
  static const Names names = ReadNames();
  return names;
}

/// What numbers of Windows-1252 stand for (13.2.5.80).
constexpr std::array<char32_t, 32> kWindows1252{
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

/// A reference at the front of a text: its characters and its size; size 0: there is none.
struct Reference {
  Characters characters;
  std::size_t size = 0;
};

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

Reference Numeric(std::string_view text) {
  std::size_t at = 2;
  const bool hex = at < text.size() && (text[at] == 'x' || text[at] == 'X');
  if (hex) ++at;
  const std::size_t begin = at;
  const int base = hex ? 16 : 10;
  constexpr std::uint32_t kLast = 0x10FFFF;
  std::uint32_t code = 0;
  for (; at < text.size() && DigitOf(text[at]) < base; ++at) {
    if (code <= kLast) {
      code =
          code * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(DigitOf(text[at]));
    }
  }
  if (at == begin) return {};
  if (at < text.size() && text[at] == ';') ++at;
  if (code >= 0x80 && code <= 0x9F) return {{kWindows1252[code - 0x80], 0}, at};
  const bool bad = code == 0 || (code >= 0xD800 && code <= 0xDFFF) || code > kLast;
  return {{bad ? 0xFFFD : code, 0}, at};
}

Reference Named(std::string_view text, bool attribute) {
  std::size_t at = 1;
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  while (at < text.size() && word(text[at])) ++at;
  if (at < text.size() && text[at] == ';') ++at;
  const std::string_view name = text.substr(1, at - 1);
  if (name.empty()) return {};
  if (attribute && name.back() != ';' && at < text.size() && text[at] == '=') return {};
  const Names& names = AllNames();
  if (const auto found = names.find(name); found != names.end()) return {found->second, at};
  if (attribute) return {};
  constexpr std::size_t kLongestWithoutSemicolon = 6;
  for (std::size_t size = std::min(name.size() - 1, kLongestWithoutSemicolon); size > 1; --size) {
    const auto found = names.find(name.substr(0, size));
    if (found != names.end()) return {found->second, size + 1};
  }
  return {};
}

}  // namespace

void AppendUnescaped(std::string_view text, bool attribute, std::string& out) {
  for (;;) {
    const std::size_t ampersand = text.find('&');
    out += text.substr(0, ampersand);
    if (ampersand == text.npos) return;
    text.remove_prefix(ampersand);
    const Reference found =
        text.size() > 1 && text[1] == '#' ? Numeric(text) : Named(text, attribute);
    if (found.size == 0) {
      out += '&';
      text.remove_prefix(1);
      continue;
    }
    loadctl::text::AppendUtf8(found.characters.first, out);
    if (found.characters.second != 0) loadctl::text::AppendUtf8(found.characters.second, out);
    text.remove_prefix(found.size);
  }
}

}  // namespace loadctl::html
