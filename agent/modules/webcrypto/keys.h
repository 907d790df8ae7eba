// Keys of the Web Cryptography API: making, importing and exporting them.
// Not for what is done with them (operations.h) nor for usages and algorithms, which the face
// checks. Values that do not change: any thread.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/js/native.h"

namespace loadctl::modules::webcrypto {

/// A secret (AES, HMAC, passwords) or one half of a key pair.
struct Key {
  std::string secret;
  std::shared_ptr<EVP_PKEY> pair;  ///< null: a secret
  bool is_private = false;         ///< of a pair
};
using HeldKey = js::Held<Key>;

/// Of a pair, what its algorithm must agree with.
struct KeyFacts {
  std::string kind;       ///< `RSA`, `P-256`, `Ed25519`, ...
  std::int64_t bits = 0;  ///< RSA: of the modulus
};

/// The numbers of a key as JSON Web Key has them (RFC 7518): big-endian bytes.
struct KeyNumbers {
  std::string kty, crv;
  std::optional<js::OwnedData> n, e, d, p, q, dp, dq, qi, x, y;
};

/// Each gives the private key; public_half() is the other.
Result<HeldKey> GenerateRsa(std::int64_t bits, std::uint32_t exponent);
Result<HeldKey> GenerateOnCurve(std::string curve);  ///< `P-256`, `Ed25519`, `X25519`, ...
HeldKey PublicHalf(HeldKey key);
Result<HeldKey> RandomSecret(std::int64_t bytes);

HeldKey ImportSecret(js::OwnedData bytes);
Result<HeldKey> ImportSpki(js::OwnedData der);
Result<HeldKey> ImportPkcs8(js::OwnedData der);
/// A public key as a point (`P-*`) or the bytes of its number (`Ed25519`, `X25519`).
Result<HeldKey> ImportPoint(std::string curve, js::OwnedData bytes);
Result<HeldKey> ImportNumbers(KeyNumbers numbers);

js::Bytes ExportSecret(HeldKey key);
Result<js::Bytes> ExportSpki(HeldKey key);
Result<js::Bytes> ExportPkcs8(HeldKey key);
Result<js::Bytes> ExportPoint(HeldKey key);
/// One number by its name in KeyNumbers; null if the key has none of it.
std::optional<js::Bytes> ExportNumber(HeldKey key, std::string name);
std::int64_t SecretSize(HeldKey key);
KeyFacts FactsOf(HeldKey key);

}  // namespace loadctl::modules::webcrypto
