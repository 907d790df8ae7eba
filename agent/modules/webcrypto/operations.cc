#include "agent/modules/webcrypto/operations.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/modules/webcrypto/openssl.h"

namespace loadctl::modules::webcrypto {
namespace {

constexpr std::int64_t kMostDerived = 1 << 24;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kMostData = std::numeric_limits<int>::max() / 2;

const EVP_MD* HashOf(const std::string& name) {
  return name == "SHA-1"     ? EVP_sha1()
         : name == "SHA-256" ? EVP_sha256()
         : name == "SHA-384" ? EVP_sha384()
         : name == "SHA-512" ? EVP_sha512()
                             : nullptr;
}

/// The cipher for a key of this size; null if there is none.
const EVP_CIPHER* CipherOf(const std::string& name, std::size_t key) {
  const int place = key == 16 ? 0 : key == 24 ? 1 : key == 32 ? 2 : -1;
  if (place < 0) return nullptr;
  using Make = const EVP_CIPHER* (*)();
  constexpr Make kCbc[] = {EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc};
  constexpr Make kCtr[] = {EVP_aes_128_ctr, EVP_aes_192_ctr, EVP_aes_256_ctr};
  constexpr Make kGcm[] = {EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm};
  constexpr Make kWrap[] = {EVP_aes_128_wrap, EVP_aes_192_wrap, EVP_aes_256_wrap};
  const Make* all = name == "AES-CBC"   ? kCbc
                    : name == "AES-CTR" ? kCtr
                    : name == "AES-GCM" ? kGcm
                                        : kWrap;
  return all[place]();
}

// ---- signatures

/// Sets a signature's context up; false: OpenSSL refused.
bool Prepare(const SignatureScheme& scheme, const Key& key, bool sign, EVP_MD_CTX* context) {
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  const EVP_MD* hash = HashOf(scheme.hash);
  const auto init = sign ? EVP_DigestSignInit : EVP_DigestVerifyInit;
  if (init(context, &parameters, hash, nullptr, key.pair.get()) != 1) return false;
  if (scheme.name != "RSA-PSS") return true;
  return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, hash) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, static_cast<int>(std::clamp<std::int64_t>(
                                                          scheme.salt_length, 0, 1 << 16))) == 1;
}

std::string Hmac(const SignatureScheme& scheme, const Key& key, const std::string& data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(HashOf(scheme.hash), key.secret.data(), static_cast<int>(key.secret.size()), BytesOf(data),
       data.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

/// Bytes of each of the two numbers of an ECDSA signature, which WebCrypto has side by side.
std::size_t NumberSize(const Key& key) {
  return (static_cast<std::size_t>(EVP_PKEY_get_bits(key.pair.get())) + 7) / 8;
}

Result<std::string> FromDer(const std::string& der, std::size_t size) {
  const unsigned char* at = BytesOf(der);
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string out(2 * size, '\0');
  if (!signature ||
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), BytesOf(out), static_cast<int>(size)) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), BytesOf(out) + size, static_cast<int>(size)) <
          0)
    return FailOpenSsl("the signature cannot be written");
  return out;
}

/// "" if it cannot be a signature.
std::string ToDer(const std::string& pair, std::size_t size) {
  if (pair.size() != 2 * size) return "";
  const EcSignature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(BytesOf(pair), static_cast<int>(size), nullptr),
                 BN_bin2bn(BytesOf(pair) + size, static_cast<int>(size), nullptr));
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  if (length < 0) return "";
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

// ---- ciphers

/// One run of a cipher without authentication. `out` grows by what it gives.
bool RunCipher(bool encrypt, const EVP_CIPHER* cipher, const std::string& key,
               const std::string& iv, std::string_view data, std::string& out) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  const std::size_t before = out.size();
  out.resize(before + data.size() + 2 * kBlock);
  int size = 0, rest = 0;
  const bool good = EVP_CipherInit_ex(context.get(), cipher, nullptr, BytesOf(key),
                                      iv.empty() ? nullptr : BytesOf(iv), encrypt ? 1 : 0) == 1 &&
                    EVP_CipherUpdate(context.get(), BytesOf(out) + before, &size,
                                     reinterpret_cast<const unsigned char*>(data.data()),
                                     static_cast<int>(data.size())) == 1 &&
                    EVP_CipherFinal_ex(context.get(), BytesOf(out) + before + size, &rest) == 1;
  out.resize(good ? before + static_cast<std::size_t>(size + rest) : before);
  return good;
}

/// Blocks that can be counted before the last `length` bits of the block are 0 again; at most
/// `most`.
std::uint64_t BlocksLeft(const std::string& counter, std::int64_t length, std::uint64_t most) {
  if (length >= 64) {
    // Only if all bits above the last 32 are 1 is the end near; else there is room enough.
    for (std::int64_t bit = 32; bit < length; ++bit) {
      const auto byte = static_cast<unsigned char>(counter[15 - static_cast<std::size_t>(bit / 8)]);
      if (((byte >> (bit % 8)) & 1) == 0) return most;
    }
    length = 32;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 8; i < kBlock; ++i)
    value = value << 8 | static_cast<unsigned char>(counter[i]);
  const std::uint64_t room = length >= 64 ? 0 : 1ull << length;
  return std::min(most, room - (value & (room - 1)));
}

/// The counter block with its last `length` bits 0.
std::string Wrapped(std::string counter, std::int64_t length) {
  for (std::int64_t bit = 0; bit < length; ++bit) {
    auto& byte = counter[15 - static_cast<std::size_t>(bit / 8)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) & ~(1u << (bit % 8)));
  }
  return counter;
}

Result<std::string> RunCounter(const CipherScheme& scheme, const EVP_CIPHER* cipher, const Key& key,
                               const std::string& data) {
  if (!scheme.iv || scheme.iv->bytes.size() != kBlock || scheme.length < 1 || scheme.length > 128)
    return Fail("AES-CTR needs a counter of 16 bytes and a length of 1 to 128 bits");
  const std::uint64_t blocks = (data.size() + kBlock - 1) / kBlock;
  if (scheme.length < 63 && blocks > 1ull << scheme.length)
    return Fail("the data are longer than the counter can count");
  const std::uint64_t first = BlocksLeft(scheme.iv->bytes, scheme.length, blocks);
  const std::string_view all = data;
  const auto cut = static_cast<std::size_t>(std::min<std::uint64_t>(first * kBlock, data.size()));
  std::string out;
  if (!RunCipher(true, cipher, key.secret, scheme.iv->bytes, all.substr(0, cut), out) ||
      (cut < data.size() &&
       !RunCipher(true, cipher, key.secret, Wrapped(scheme.iv->bytes, scheme.length),
                  all.substr(cut), out)))
    return FailOpenSsl("the cipher failed");
  return out;
}

Result<std::string> RunGcm(bool encrypt, const CipherScheme& scheme, const EVP_CIPHER* cipher,
                           const Key& key, const std::string& data) {
  if (!scheme.iv || scheme.iv->bytes.empty()) return Fail("AES-GCM needs an iv");
  const auto tag = static_cast<std::size_t>(scheme.length / 8);
  if (scheme.length % 8 != 0 || tag < 4 || tag > kBlock || (tag > 4 && tag < 8) ||
      (tag > 8 && tag < 12))
    return Fail("the tag of AES-GCM has 32, 64, 96, 104, 112, 120 or 128 bits");
  if (!encrypt && data.size() < tag) return Fail("the data are shorter than their tag");
  const std::size_t length = encrypt ? data.size() : data.size() - tag;
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(length + kBlock, '\0');
  int size = 0, rest = 0;
  bool good =
      EVP_CipherInit_ex(context.get(), cipher, nullptr, nullptr, nullptr, encrypt ? 1 : 0) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN,
                          static_cast<int>(scheme.iv->bytes.size()), nullptr) == 1 &&
      EVP_CipherInit_ex(context.get(), nullptr, nullptr, BytesOf(key.secret),
                        BytesOf(scheme.iv->bytes), encrypt ? 1 : 0) == 1;
  if (good && scheme.more && !scheme.more->bytes.empty()) {
    good = EVP_CipherUpdate(context.get(), nullptr, &size, BytesOf(scheme.more->bytes),
                            static_cast<int>(scheme.more->bytes.size())) == 1;
  }
  size = 0;
  good = good && EVP_CipherUpdate(context.get(), BytesOf(out), &size, BytesOf(data),
                                  static_cast<int>(length)) == 1;
  if (!encrypt) {
    std::string given = data.substr(length);
    good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag),
                                       given.data()) == 1;
  }
  good = good && EVP_CipherFinal_ex(context.get(), BytesOf(out) + size, &rest) == 1;
  if (!good) return FailOpenSsl(encrypt ? "the cipher failed" : "the data are not authentic");
  out.resize(static_cast<std::size_t>(size + rest));
  if (encrypt) {
    std::string made(tag, '\0');
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag), made.data());
    out += made;
  }
  return out;
}

Result<std::string> RunOaep(bool encrypt, const CipherScheme& scheme, const Key& key,
                            const std::string& data) {
  const PairContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.pair.get(), nullptr));
  const EVP_MD* hash = HashOf(scheme.hash);
  bool good = context &&
              (encrypt ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init)(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash) == 1;
  if (good && scheme.more && !scheme.more->bytes.empty()) {
    void* label = OPENSSL_memdup(scheme.more->bytes.data(), scheme.more->bytes.size());
    good = EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label,
                                            static_cast<int>(scheme.more->bytes.size())) == 1;
    if (!good) OPENSSL_free(label);
  }
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key.pair.get())), '\0');
  std::size_t size = out.size();
  const auto run = encrypt ? EVP_PKEY_encrypt : EVP_PKEY_decrypt;
  if (!good || run(context.get(), BytesOf(out), &size, BytesOf(data), data.size()) != 1)
    return FailOpenSsl(encrypt ? "the data cannot be encrypted" : "the data cannot be decrypted");
  out.resize(size);
  return out;
}

Result<js::Bytes> Run(bool encrypt, const CipherScheme& scheme, const Key& key,
                      const std::string& data) {
  if (data.size() > kMostData) return Fail("the data are too long");
  const auto finish = [](Result<std::string> made) -> Result<js::Bytes> {
    if (!made) return tl::unexpected(made.error());
    return js::Bytes{std::move(*made)};
  };
  if (scheme.name == "RSA-OAEP") return finish(RunOaep(encrypt, scheme, key, data));
  const EVP_CIPHER* cipher = CipherOf(scheme.name, key.secret.size());
  if (cipher == nullptr) return Fail("no AES key has this length");
  if (scheme.name == "AES-GCM") return finish(RunGcm(encrypt, scheme, cipher, key, data));
  if (scheme.name == "AES-CTR") return finish(RunCounter(scheme, cipher, key, data));
  if (scheme.name == "AES-CBC" && (!scheme.iv || scheme.iv->bytes.size() != kBlock))
    return Fail("AES-CBC needs an iv of 16 bytes");
  if (scheme.name == "AES-KW" && (data.size() % 8 != 0 || data.size() < 16))
    return Fail("AES-KW wraps a multiple of 8 bytes, 16 or more");
  std::string out;
  if (!RunCipher(encrypt, cipher, key.secret, scheme.iv ? scheme.iv->bytes : "", data, out))
    return FailOpenSsl(encrypt ? "the data cannot be encrypted" : "the data cannot be decrypted");
  return js::Bytes{std::move(out)};
}

}  // namespace

Result<js::Bytes> Sign(SignatureScheme scheme, HeldKey key, js::OwnedData data) {
  if (scheme.name == "HMAC") return js::Bytes{Hmac(scheme, *key, data.bytes)};
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!Prepare(scheme, *key, true, context.get()) ||
      EVP_DigestSign(context.get(), nullptr, &size, BytesOf(data.bytes), data.bytes.size()) != 1)
    return FailOpenSsl("the data cannot be signed");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), BytesOf(signature), &size, BytesOf(data.bytes),
                     data.bytes.size()) != 1)
    return FailOpenSsl("the data cannot be signed");
  signature.resize(size);
  if (scheme.name == "ECDSA") {
    LOADCTL_TRY(std::string raw, FromDer(signature, NumberSize(*key)));
    signature = std::move(raw);
  }
  return js::Bytes{std::move(signature)};
}

Result<bool> Verify(SignatureScheme scheme, HeldKey key, js::OwnedData signature,
                    js::OwnedData data) {
  std::string given = std::move(signature.bytes);
  if (scheme.name == "HMAC") {
    const std::string right = Hmac(scheme, *key, data.bytes);
    return right.size() == given.size() &&
           CRYPTO_memcmp(right.data(), given.data(), right.size()) == 0;
  }
  if (scheme.name == "ECDSA") given = ToDer(given, NumberSize(*key));
  const DigestContext context(EVP_MD_CTX_new());
  if (!Prepare(scheme, *key, false, context.get()))
    return FailOpenSsl("the signature cannot be verified");
  const bool good = EVP_DigestVerify(context.get(), BytesOf(given), given.size(),
                                     BytesOf(data.bytes), data.bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<js::Bytes> Encrypt(CipherScheme scheme, HeldKey key, js::OwnedData data) {
  return Run(true, scheme, *key, data.bytes);
}
Result<js::Bytes> Decrypt(CipherScheme scheme, HeldKey key, js::OwnedData data) {
  return Run(false, scheme, *key, data.bytes);
}

Result<js::Bytes> Agree(HeldKey own, HeldKey other) {
  const PairContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own->pair.get(), nullptr));
  std::size_t size = 0;
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other->pair.get()) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
    return FailOpenSsl("the keys do not agree");
  std::string secret(size, '\0');
  if (EVP_PKEY_derive(context.get(), BytesOf(secret), &size) != 1)
    return FailOpenSsl("the keys do not agree");
  secret.resize(size);
  return js::Bytes{std::move(secret)};
}

Result<js::Bytes> Pbkdf2(HeldKey password, std::string hash, js::OwnedData salt,
                         std::int64_t iterations, std::int64_t bytes) {
  constexpr std::int64_t kMostIterations = std::numeric_limits<int>::max();
  if (iterations < 1 || iterations > kMostIterations) return Fail("PBKDF2 needs iterations");
  if (bytes < 0 || bytes > kMostDerived) return Fail("PBKDF2 derives up to 16 MiB");
  std::string out(static_cast<std::size_t>(bytes), '\0');
  if (PKCS5_PBKDF2_HMAC(password->secret.data(), static_cast<int>(password->secret.size()),
                        BytesOf(salt.bytes), static_cast<int>(salt.bytes.size()),
                        static_cast<int>(iterations), HashOf(hash), static_cast<int>(bytes),
                        BytesOf(out)) != 1)
    return FailOpenSsl("PBKDF2 failed");
  return js::Bytes{std::move(out)};
}

Result<js::Bytes> Hkdf(HeldKey secret, std::string hash, js::OwnedData salt, js::OwnedData info,
                       std::int64_t bytes) {
  if (bytes < 0 || bytes > kMostDerived) return Fail("HKDF derives up to 255 hashes");
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = hash, key = secret->secret;
  const auto octets = [](const char* name, std::string& text) {
    return OSSL_PARAM_construct_octet_string(name, text.data(), text.size());
  };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, key), octets(OSSL_KDF_PARAM_SALT, salt.bytes),
      octets(OSSL_KDF_PARAM_INFO, info.bytes), OSSL_PARAM_construct_end()};
  std::string out(static_cast<std::size_t>(bytes), '\0');
  if (bytes > 0 && EVP_KDF_derive(context.get(), BytesOf(out), out.size(), parameters) != 1)
    return FailOpenSsl("HKDF failed");
  return js::Bytes{std::move(out)};
}

Result<std::optional<js::Bytes>> Digest(std::string hash, js::OwnedData data) {
  const EVP_MD* type = HashOf(hash);
  if (type == nullptr) return std::nullopt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(data.bytes.data(), data.bytes.size(), digest, &size, type, nullptr) != 1)
    return FailOpenSsl("no digest could be made");
  return js::Bytes{std::string(reinterpret_cast<const char*>(digest), size)};
}

}  // namespace loadctl::modules::webcrypto
