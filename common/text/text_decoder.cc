#include "common/text/text_decoder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/text/utf8.h"

namespace loadctl::text {
namespace {

using Encoding = TextDecoder::Encoding;

constexpr std::array<std::pair<std::string_view, Encoding>, 15> kLabels = {{
    {"unicode-1-1-utf-8", Encoding::kUtf8},
    {"unicode11utf8", Encoding::kUtf8},
    {"unicode20utf8", Encoding::kUtf8},
    {"utf-8", Encoding::kUtf8},
    {"utf8", Encoding::kUtf8},
    {"x-unicode20utf8", Encoding::kUtf8},
    {"unicodefffe", Encoding::kUtf16Be},
    {"utf-16be", Encoding::kUtf16Be},
    {"csunicode", Encoding::kUtf16Le},
    {"iso-10646-ucs-2", Encoding::kUtf16Le},
    {"ucs-2", Encoding::kUtf16Le},
    {"unicode", Encoding::kUtf16Le},
    {"unicodefeff", Encoding::kUtf16Le},
    {"utf-16", Encoding::kUtf16Le},
    {"utf-16le", Encoding::kUtf16Le},
}};

constexpr std::uint32_t kMark = 0xfeff;

std::uint32_t Byte(char c) { return static_cast<unsigned char>(c); }

/// How many bytes a character that begins with this one has, 0 if none does.
std::size_t LengthOf(std::uint32_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/// Whether `byte` may be second after `lead`: no overlong forms, surrogates, or beyond U+10FFFF.
bool MayFollow(std::uint32_t lead, std::uint32_t byte) {
  const std::uint32_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint32_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return byte >= least && byte <= most;
}

}  // namespace

std::optional<Encoding> TextDecoder::ByLabel(std::string_view label) {
  constexpr std::string_view kSpaces = "\t\n\f\r ";
  const auto begin = std::min(label.find_first_not_of(kSpaces), label.size());
  label.remove_prefix(begin);
  label = label.substr(0, label.find_last_not_of(kSpaces) + 1);
  std::string lower(label);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& [name, encoding] : kLabels) {
    if (name == lower) return encoding;
  }
  return std::nullopt;
}

std::string_view TextDecoder::Name(Encoding encoding) {
  if (encoding == Encoding::kUtf8) return "utf-8";
  return encoding == Encoding::kUtf16Le ? "utf-16le" : "utf-16be";
}

std::optional<std::string> TextDecoder::Decode(std::string_view bytes, More more) {
  std::string out;
  bool ok = encoding_ == Encoding::kUtf8 ? DecodeUtf8(bytes, out) : DecodeUtf16(bytes, out);
  if (more == More::kNo || !ok) {
    const bool cut = !pending_.empty() || high_surrogate_ != 0;
    if (ok && cut) ok = Replace(out);
    pending_.clear();
    high_surrogate_ = 0;
    begun_ = false;
  }
  if (!ok) return std::nullopt;
  return out;
}

bool TextDecoder::DecodeUtf8(std::string_view bytes, std::string& out) {
  std::string joined;
  if (!pending_.empty()) {
    joined = std::exchange(pending_, {}) + std::string(bytes);
    bytes = joined;
  }
  out.reserve(bytes.size());
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint32_t lead = Byte(bytes[at]);
    const std::size_t length = LengthOf(lead);
    std::size_t have = 1;  // bytes that can belong to this character
    while (have < length && at + have < bytes.size() &&
           (have == 1 ? MayFollow(lead, Byte(bytes[at + 1]))
                      : MayFollow(0x80, Byte(bytes[at + have]))))
      ++have;
    if (length == have) {
      if (begun_ || bom_ == Bom::kKeep || bytes.substr(at, have) != "\xef\xbb\xbf")
        out.append(bytes.substr(at, have));
      begun_ = true;
    } else if (length > 0 && at + have == bytes.size()) {
      pending_ = bytes.substr(at);
    } else if (!Replace(out)) {
      return false;
    } else {
      begun_ = true;
    }
    at += have;
  }
  return true;
}

bool TextDecoder::DecodeUtf16(std::string_view bytes, std::string& out) {
  out.reserve(bytes.size() * 3 / 2);
  for (const char c : bytes) {
    if (pending_.empty()) {
      pending_ = c;
      continue;
    }
    const std::uint32_t first = Byte(pending_[0]);
    pending_.clear();
    const std::uint32_t unit =
        encoding_ == Encoding::kUtf16Le ? first | Byte(c) << 8 : first << 8 | Byte(c);
    if (!Unit(unit, out)) return false;
  }
  return true;
}

bool TextDecoder::Unit(std::uint32_t unit, std::string& out) {
  if (const std::uint32_t high = std::exchange(high_surrogate_, 0); high != 0) {
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      Put(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), out);
      return true;
    }
    if (!Replace(out)) return false;
  }
  if (unit >= 0xd800 && unit <= 0xdbff) {
    high_surrogate_ = unit;
    return true;
  }
  if (unit >= 0xdc00 && unit <= 0xdfff) return Replace(out);
  Put(unit, out);
  return true;
}

bool TextDecoder::Replace(std::string& out) const {
  if (malformed_ == Malformed::kFail) return false;
  out += "\xef\xbf\xbd";  // U+FFFD
  return true;
}

void TextDecoder::Put(std::uint32_t code_point, std::string& out) {
  if (!std::exchange(begun_, true) && code_point == kMark && bom_ == Bom::kSkip) return;
  AppendUtf8(code_point, out);
}

}  // namespace loadctl::text
