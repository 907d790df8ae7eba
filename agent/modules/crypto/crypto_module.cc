#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "agent/modules/crypto/hash.h"
#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/base/base64.h"

namespace loadctl::modules::crypto {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<js::Held<Hash>> Holding(std::optional<Hash> hash) {
  if (!hash) return std::nullopt;
  return js::Hold(std::move(*hash));
}

// newHash(name), newHmac(name, key) → a hash, null if there is none of that name
std::optional<js::Held<Hash>> NewHash(std::string_view name) { return Holding(Hash::Make(name)); }
std::optional<js::Held<Hash>> NewHmac(std::string_view name, js::Data key) {
  return Holding(Hash::MakeHmac(name, key.bytes));
}

void Update(js::Held<Hash> hash, js::Data data) { hash->Update(data.bytes); }

// digest(hash, encoding) → text or bytes, null if there is no such encoding
std::optional<std::variant<std::string, js::Bytes>> Digest(js::Held<Hash> hash,
                                                           std::string_view encoding) {
  using enum Base64::Alphabet;
  using enum Base64::Padding;
  std::string digest = hash->Digest();
  if (encoding == "hex") return Hex(digest);
  if (encoding == "base64") return Base64{}.Encode(digest);
  if (encoding == "base64url") return Base64{kUrl, kYes}.Encode(digest);
  if (encoding == "base64rawurl") return Base64{kUrl, kNo}.Encode(digest);
  if (encoding == "binary") return js::Bytes{std::move(digest)};
  return std::nullopt;
}

js::Outcome<js::Bytes> RandomBytes(std::int64_t count) {
  constexpr std::int64_t kMost = 1 << 30;
  if (count > kMost) {
    return tl::unexpected(js::Thrown{js::ErrorKind::kRangeError, "too many bytes were asked for"});
  }
  js::Bytes bytes{std::string(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), '\0')};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data.data()),
                 static_cast<int>(bytes.data.size())) != 1)
    return tl::unexpected(js::Thrown{js::ErrorKind::kGoError, "OpenSSL has no random bytes"});
  return bytes;
}

std::string HexEncode(js::Data data) { return Hex(data.bytes); }

}  // namespace

Module Describe() {
  return {faces::kCrypto,
          {
              js::Native<&NewHash>("newHash"),
              js::Native<&NewHmac>("newHmac"),
              js::Native<&Update>("update"),
              js::Native<&Digest>("digest"),
              js::Native<&RandomBytes>("randomBytes"),
              js::Native<&HexEncode>("hexEncode"),
          }};
}

}  // namespace loadctl::modules::crypto
