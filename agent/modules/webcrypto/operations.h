// What is done with keys of the Web Cryptography API. Not for usages and algorithms, which the face
// checks. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/modules/webcrypto/keys.h"

namespace loadctl::modules::webcrypto {

struct SignatureScheme {
  std::string name;              ///< `HMAC`, `ECDSA`, `RSASSA-PKCS1-v1_5`, `RSA-PSS`, `Ed25519`
  std::string hash;              ///< `SHA-256`; "" for Ed25519
  std::int64_t salt_length = 0;  ///< RSA-PSS
};
Result<js::Bytes> Sign(SignatureScheme scheme, HeldKey key, js::OwnedData data);
Result<bool> Verify(SignatureScheme scheme, HeldKey key, js::OwnedData signature,
                    js::OwnedData data);

struct CipherScheme {
  std::string name;                   ///< `AES-CBC`, `AES-CTR`, `AES-GCM`, `AES-KW`, `RSA-OAEP`
  std::optional<js::OwnedData> iv;    ///< also CTR's first counter block
  std::int64_t length = 0;            ///< CTR: bits of the block that count; GCM: bits of the tag
  std::optional<js::OwnedData> more;  ///< GCM: what is authenticated besides; OAEP: the label
  std::string hash;                   ///< OAEP
};
Result<js::Bytes> Encrypt(CipherScheme scheme, HeldKey key, js::OwnedData data);
Result<js::Bytes> Decrypt(CipherScheme scheme, HeldKey key, js::OwnedData data);

Result<js::Bytes> Agree(HeldKey own, HeldKey other);  ///< ECDH, X25519: all bytes
Result<js::Bytes> Pbkdf2(HeldKey password, std::string hash, js::OwnedData salt,
                         std::int64_t iterations, std::int64_t bytes);
Result<js::Bytes> Hkdf(HeldKey secret, std::string hash, js::OwnedData salt, js::OwnedData info,
                       std::int64_t bytes);
/// Null if there is no hash of that name.
Result<std::optional<js::Bytes>> Digest(std::string hash, js::OwnedData data);

}  // namespace loadctl::modules::webcrypto
