#include "common/base/base64.h"

#include <cstdint>

namespace loadctl {
namespace {

constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string_view LastTwo(Base64::Alphabet alphabet) {
  return alphabet == Base64::Alphabet::kStandard ? "+/" : "-_";
}

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

}  // namespace

std::string Base64::Encode(std::string_view bytes) const {
  const std::string digits = std::string(kLettersAndDigits) + std::string(LastTwo(alphabet));
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    for (std::size_t k = 0; k <= group.size(); ++k) out += digits[bits >> (18 - 6 * k) & 63];
    if (padding == Padding::kYes) out.append(3 - group.size(), '=');
  }
  return out;
}

Result<std::string> Base64::Decode(std::string_view text) const {
  const std::string_view last = LastTwo(alphabet);
  const auto fail = [](std::size_t at) {
    return Fail("illegal base64 data at input byte " + std::to_string(at));
  };
  const auto value_of = [&](char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == last[0] ? 62 : c == last[1] ? 63 : -1;
  };
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0;  // of the present group of four
  std::size_t at = 0;
  const auto skip_line_ends = [&] {
    while (at < text.size() && IsLineEnd(text[at])) ++at;
  };
  const auto flush = [&] {  // a group of 2, 3 or 4 digits
    bits <<= 6 * (4 - digits);
    for (std::size_t k = 0; k + 1 < digits; ++k) out += static_cast<char>(bits >> (16 - 8 * k));
    bits = 0;
    digits = 0;
  };
  for (skip_line_ends(); at < text.size(); skip_line_ends()) {
    const char c = text[at++];
    if (const int value = value_of(c); value >= 0) {
      bits = bits << 6 | static_cast<std::uint32_t>(value);
      if (++digits == 4) flush();
      continue;
    }
    if (c != '=' || padding == Padding::kNo || digits < 2) return fail(at - 1);
    if (digits == 2) {  // two are needed
      skip_line_ends();
      if (at == text.size()) return fail(text.size());
      if (text[at] != '=') return fail(at - 1);
      ++at;
    }
    flush();
    skip_line_ends();
    if (at < text.size()) return fail(at);
    return out;
  }
  if (digits == 0) return out;
  if (digits == 1 || padding == Padding::kYes) return fail(text.size() - digits);
  flush();
  return out;
}

}  // namespace loadctl
