#include "agent/net/http/ntlm.h"

#include <locale.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <wctype.h>

#include <algorithm>

#include "common/base/base64.h"
#include "common/text/utf8.h"

// MD4 is in OpenSSL's legacy provider, a file that need not be there; its old functions always are.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/md4.h>

namespace loadctl::net {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSignature = "NTLMSSP\0"sv;
// Flags of MS-NLMP, 2.2.2.5.
constexpr std::uint32_t kUnicode = 1u << 0;
constexpr std::uint32_t kLmKey = 1u << 7;
constexpr std::uint32_t kVersion = 1u << 25;
constexpr std::uint32_t kKeyExchange = 1u << 30;
// Places in the server's message.
constexpr std::size_t kFlagsAt = 20, kChallengeAt = 24, kInfoAt = 40, kChallengeSize = 48;
constexpr std::size_t kAnswerHead = 64;
constexpr std::uint16_t kTimestamp = 7;  // AV_PAIR MsvAvTimestamp

void AppendLittle(std::uint64_t number, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

std::uint64_t Little(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

/// UTF-16, little end first; what is no UTF-8 becomes U+FFFD.
std::string Wide(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const text::Character character = text::FirstCharacter(text);
    const char32_t code = character.size == 0 ? U'\xfffd' : character.code;
    text.remove_prefix(std::max<std::size_t>(character.size, 1));
    if (code < 0x10000) {
      AppendLittle(code, 2, out);
    } else {
      AppendLittle(0xd800 + ((code - 0x10000) >> 10), 2, out);
      AppendLittle(0xdc00 + ((code - 0x10000) & 0x3ff), 2, out);
    }
  }
  return out;
}

std::string Upper(std::string_view text) {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string out;
  while (!text.empty()) {
    const text::Character character = text::FirstCharacter(text);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (character.size == 0) {
      out += text[0];
    } else if (locale != nullptr) {
      text::AppendUtf8(
          static_cast<char32_t>(towupper_l(static_cast<wint_t>(character.code), locale)), out);
    } else {
      const bool lower = character.code >= 'a' && character.code <= 'z';
      text::AppendUtf8(lower ? character.code - 32 : character.code, out);
    }
    text.remove_prefix(size);
  }
  return out;
}

std::string Md4(std::string_view bytes) {
  std::string digest(MD4_DIGEST_LENGTH, '\0');
  MD4(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
      reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string HmacMd5(std::string_view key, std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       reinterpret_cast<unsigned char*>(digest.data()), &size);
  digest.resize(size);
  return digest;
}

/// A field of a message: length, room, place.
std::optional<std::string_view> FieldAt(std::string_view message, std::size_t at) {
  const std::uint64_t size = Little(message.substr(at, 2));
  const std::uint64_t begin = Little(message.substr(at + 4, 4));
  if (begin > message.size() || size > message.size() - begin) return std::nullopt;
  return message.substr(begin, size);
}

/// The server's time among its attributes. False: they are malformed.
bool FindTime(std::string_view info, std::uint64_t& time) {
  while (info.size() >= 4) {
    const std::uint64_t id = Little(info.substr(0, 2));
    const std::uint64_t size = Little(info.substr(2, 2));
    if (id == 0) return true;
    info.remove_prefix(4);
    if (size > info.size()) return false;
    if (id == kTimestamp && size == 8) time = Little(info.substr(0, 8));
    info.remove_prefix(size);
  }
  return info.empty();
}

}  // namespace

std::optional<NtlmOffer> ReadNtlmOffer(std::span<const std::string_view> values) {
  for (const std::string_view scheme : {"NTLM"sv, "Negotiate"sv}) {
    for (const std::string_view value : values) {
      if (value == scheme) return NtlmOffer{std::string(scheme), ""};
      if (!value.starts_with(scheme) || value.size() <= scheme.size() ||
          value[scheme.size()] != ' ')
        continue;
      auto token = Base64{}.Decode(value.substr(scheme.size() + 1));
      if (!token) return std::nullopt;
      return NtlmOffer{std::string(scheme), std::move(*token)};
    }
  }
  return std::nullopt;
}

std::string NtlmNegotiate() {
  // Unicode, NTLM, always sign, extended session security, target info, 128 and 56 bits; neither
  // domain nor workstation; the version of Windows 7, which Go's client names.
  return std::string(
      "NTLMSSP\0\x01\0\0\0\x01\x82\x88\xa0\0\0\0\0\x28\0\0\0\0\0\0\0\x28\0\0\0\x06\x01\xb1\x1d\0\0\0\x0f"sv);
}

std::optional<std::string> AnswerNtlm(std::string_view challenge, const NtlmIdentity& identity) {
  if (challenge.size() < kChallengeSize || !challenge.starts_with(kSignature) ||
      Little(challenge.substr(8, 4)) != 2)
    return std::nullopt;
  const auto flags = static_cast<std::uint32_t>(Little(challenge.substr(kFlagsAt, 4)));
  if ((flags & (kLmKey | kKeyExchange)) != 0 || (flags & kUnicode) == 0) return std::nullopt;
  const auto info = FieldAt(challenge, kInfoAt);
  std::uint64_t time = identity.time;
  if (!info || !FindTime(*info, time)) return std::nullopt;

  std::string_view user = identity.user, domain;
  if (const auto slash = user.find('\\'); slash != std::string_view::npos) {
    domain = user.substr(0, slash);
    user.remove_prefix(slash + 1);
  }
  const std::string key =
      HmacMd5(Md4(Wide(identity.password)), Wide(Upper(user) + std::string(domain)));
  const std::string server(challenge.substr(kChallengeAt, 8));
  const std::string own(identity.challenge.data(), identity.challenge.size());
  std::string blob("\x01\x01\0\0\0\0\0\0"sv);
  AppendLittle(time, 8, blob);
  blob += own + std::string(4, '\0') + std::string(*info) + std::string(4, '\0');
  const std::string nt = HmacMd5(key, server + blob) + blob;
  const std::string lm = info->empty() ? HmacMd5(key, server + own) + own : std::string();

  const std::string parts[] = {lm, nt, Wide(domain), Wide(user), std::string(), std::string()};
  std::string out(kSignature);
  AppendLittle(3, 4, out);
  std::size_t place = kAnswerHead;
  std::string payload;
  for (const std::string& part : parts) {
    constexpr std::size_t kLongest = 0xffff;
    if (part.size() > kLongest) return std::nullopt;
    // The last is a session key, which there is not: Go leaves its place at zero.
    const bool key_place = &part == std::end(parts) - 1;
    AppendLittle(part.size(), 2, out);
    AppendLittle(part.size(), 2, out);
    AppendLittle(key_place ? 0 : place, 4, out);
    place += part.size();
    payload += part;
  }
  AppendLittle(flags & ~kVersion, 4, out);
  return out + payload;
}

}  // namespace loadctl::net
