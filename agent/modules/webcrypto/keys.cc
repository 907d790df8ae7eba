#include "agent/modules/webcrypto/keys.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/modules/webcrypto/openssl.h"

namespace loadctl::modules::webcrypto {
namespace {

// Larger ones take minutes to make, and nothing uses them.
constexpr std::int64_t kMostRsaBits = 16'384;
constexpr std::int64_t kMostSecret = 1 << 16;

enum class Half { kPublic, kPrivate };

Result<HeldKey> Holding(EVP_PKEY* pair, Half half, const char* what) {
  if (pair == nullptr) return FailOpenSsl(what);
  return js::Hold(Key{"", {pair, EVP_PKEY_free}, half == Half::kPrivate});
}

bool OnCurveOfPoints(std::string_view curve) { return curve.starts_with("P-"); }

BigNumber Number(const std::string& bytes) {
  return BigNumber(BN_bin2bn(BytesOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string CurveOf(const EVP_PKEY* pair) {
  if (EVP_PKEY_is_a(pair, "ED25519")) return "Ed25519";
  if (EVP_PKEY_is_a(pair, "X25519")) return "X25519";
  char name[64];
  if (EVP_PKEY_get_group_name(pair, name, sizeof name, nullptr) != 1) return "";
  const std::string group = name;
  if (group == "prime256v1") return "P-256";
  if (group == "secp384r1") return "P-384";
  if (group == "secp521r1") return "P-521";
  return group;
}

/// Bytes of a coordinate or private number on the curve.
std::size_t FieldSize(const std::string& curve) {
  return curve == "P-256" ? 32 : curve == "P-384" ? 48 : curve == "P-521" ? 66 : 32;
}

Result<HeldKey> Build(const char* type, OSSL_PARAM_BLD* builder, Half half) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const PairContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pair = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &pair,
                        half == Half::kPrivate ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        parameters.get()) != 1)
    return FailOpenSsl("the numbers make no key");
  const PairContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, pair, nullptr));
  auto key = Holding(pair, half, "no key");
  if (!check || (half == Half::kPrivate ? EVP_PKEY_pairwise_check(check.get())
                                        : EVP_PKEY_public_check(check.get())) != 1)
    return FailOpenSsl("the numbers make no valid key");
  return key;
}

Result<HeldKey> ImportOnCurve(const std::string& curve, const std::string& point,
                              const std::optional<std::string>& number) {
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.data(),
                                  curve.size());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  BigNumber secret;
  if (number) {
    secret = Number(*number);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  }
  return Build("EC", builder.get(), number ? Half::kPrivate : Half::kPublic);
}

struct RsaNumber {
  const char* name;
  const char* parameter;
  std::optional<js::OwnedData> KeyNumbers::*place;
};
constexpr std::array<RsaNumber, 8> kRsaNumbers = {{
    {"n", OSSL_PKEY_PARAM_RSA_N, &KeyNumbers::n},
    {"e", OSSL_PKEY_PARAM_RSA_E, &KeyNumbers::e},
    {"d", OSSL_PKEY_PARAM_RSA_D, &KeyNumbers::d},
    {"p", OSSL_PKEY_PARAM_RSA_FACTOR1, &KeyNumbers::p},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2, &KeyNumbers::q},
    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, &KeyNumbers::dp},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, &KeyNumbers::dq},
    {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &KeyNumbers::qi},
}};

Result<HeldKey> ImportRsa(const KeyNumbers& numbers) {
  if (!numbers.n || !numbers.e) return Fail("an RSA key has `n` and `e`");
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  std::array<BigNumber, kRsaNumbers.size()> kept;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto& given = numbers.*kRsaNumbers[i].place;
    if (!given) continue;
    if (given->bytes.size() * 8 > static_cast<std::size_t>(kMostRsaBits))
      return Fail("the RSA key is too long");
    kept[i] = Number(given->bytes);
    OSSL_PARAM_BLD_push_BN(builder.get(), kRsaNumbers[i].parameter, kept[i].get());
  }
  return Build("RSA", builder.get(), numbers.d ? Half::kPrivate : Half::kPublic);
}

std::optional<std::string> NumberOf(const EVP_PKEY* pair, const char* parameter, std::size_t size) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(pair, parameter, &number) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  const BigNumber owner(number);
  std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, BytesOf(bytes), static_cast<int>(bytes.size()));
  return bytes;
}

std::optional<std::string> RawOf(const EVP_PKEY* pair, Half half) {
  const auto get =
      half == Half::kPrivate ? EVP_PKEY_get_raw_private_key : EVP_PKEY_get_raw_public_key;
  std::size_t size = 0;
  if (get(pair, nullptr, &size) != 1) return std::nullopt;
  std::string bytes(size, '\0');
  if (get(pair, BytesOf(bytes), &size) != 1) return std::nullopt;
  return bytes;
}

}  // namespace

Result<HeldKey> GenerateRsa(std::int64_t bits, std::uint32_t exponent) {
  if (bits < 256 || bits > kMostRsaBits)
    return Fail("an RSA key has between 256 and " + std::to_string(kMostRsaBits) + " bits");
  const PairContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr));
  const BigNumber public_exponent(BN_new());
  EVP_PKEY* pair = nullptr;
  if (BN_set_word(public_exponent.get(), exponent) != 1 ||
      EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), public_exponent.get()) != 1 ||
      EVP_PKEY_keygen(context.get(), &pair) != 1)
    return FailOpenSsl("no RSA key could be made");
  return Holding(pair, Half::kPrivate, "no RSA key could be made");
}

Result<HeldKey> GenerateOnCurve(std::string curve) {
  EVP_PKEY* pair = OnCurveOfPoints(curve) ? EVP_EC_gen(curve.c_str())
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, curve.c_str());
  return Holding(pair, Half::kPrivate, "no key could be made");
}

HeldKey PublicHalf(HeldKey key) { return js::Hold(Key{"", key->pair, false}); }

Result<HeldKey> RandomSecret(std::int64_t bytes) {
  if (bytes < 1 || bytes > kMostSecret) return Fail("a secret has between 1 and 65536 bytes");
  Key key{std::string(static_cast<std::size_t>(bytes), '\0'), nullptr, false};
  if (RAND_bytes(BytesOf(key.secret), static_cast<int>(bytes)) != 1)
    return FailOpenSsl("no random bytes");
  return js::Hold(std::move(key));
}

HeldKey ImportSecret(js::OwnedData bytes) {
  return js::Hold(Key{std::move(bytes.bytes), nullptr, false});
}

Result<HeldKey> ImportSpki(js::OwnedData der) {
  const unsigned char* at = BytesOf(std::as_const(der.bytes));
  EVP_PKEY* pair = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.bytes.size()));
  return Holding(pair, Half::kPublic, "the data are no public key");
}

Result<HeldKey> ImportPkcs8(js::OwnedData der) {
  const unsigned char* at = BytesOf(std::as_const(der.bytes));
  const PrivateKeyInfo info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.bytes.size())));
  if (!info) return FailOpenSsl("the data are no private key");
  return Holding(EVP_PKCS82PKEY(info.get()), Half::kPrivate, "the data are no private key");
}

Result<HeldKey> ImportPoint(std::string curve, js::OwnedData bytes) {
  if (OnCurveOfPoints(curve)) return ImportOnCurve(curve, bytes.bytes, std::nullopt);
  return Holding(EVP_PKEY_new_raw_public_key_ex(nullptr, curve.c_str(), nullptr,
                                                BytesOf(bytes.bytes), bytes.bytes.size()),
                 Half::kPublic, "the bytes are no public key");
}

Result<HeldKey> ImportNumbers(KeyNumbers numbers) {
  if (numbers.kty == "RSA") return ImportRsa(numbers);
  if (!numbers.x) return Fail("the key has no `x`");
  if (numbers.kty == "OKP") {
    if (!numbers.d) return ImportPoint(numbers.crv, std::move(*numbers.x));
    auto key =
        Holding(EVP_PKEY_new_raw_private_key_ex(nullptr, numbers.crv.c_str(), nullptr,
                                                BytesOf(numbers.d->bytes), numbers.d->bytes.size()),
                Half::kPrivate, "the bytes are no private key");
    if (key && RawOf((*key)->pair.get(), Half::kPublic) != numbers.x->bytes)
      return Fail("`x` and `d` are not of one key");
    return key;
  }
  if (!numbers.y) return Fail("the key has no `y`");
  const std::string point = '\x04' + numbers.x->bytes + numbers.y->bytes;
  return ImportOnCurve(numbers.crv, point,
                       numbers.d ? std::optional(numbers.d->bytes) : std::nullopt);
}

js::Bytes ExportSecret(HeldKey key) { return {key->secret}; }

Result<js::Bytes> ExportSpki(HeldKey key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key->pair.get(), &der);
  if (size < 0) return FailOpenSsl("the key cannot be exported");
  js::Bytes out{std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size))};
  OPENSSL_free(der);
  return out;
}

Result<js::Bytes> ExportPkcs8(HeldKey key) {
  const PrivateKeyInfo info(EVP_PKEY2PKCS8(key->pair.get()));
  unsigned char* der = nullptr;
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : -1;
  if (size < 0) return FailOpenSsl("the key cannot be exported");
  js::Bytes out{std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size))};
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return out;
}

Result<js::Bytes> ExportPoint(HeldKey key) {
  const EVP_PKEY* pair = key->pair.get();
  const std::string curve = CurveOf(pair);
  if (!OnCurveOfPoints(curve)) {
    auto raw = RawOf(pair, Half::kPublic);
    if (!raw) return FailOpenSsl("the key cannot be exported");
    return js::Bytes{std::move(*raw)};
  }
  const auto x = NumberOf(pair, OSSL_PKEY_PARAM_EC_PUB_X, FieldSize(curve));
  const auto y = NumberOf(pair, OSSL_PKEY_PARAM_EC_PUB_Y, FieldSize(curve));
  if (!x || !y) return FailOpenSsl("the key cannot be exported");
  return js::Bytes{'\x04' + *x + *y};
}

std::optional<js::Bytes> ExportNumber(HeldKey key, std::string name) {
  const EVP_PKEY* pair = key->pair.get();
  std::optional<std::string> bytes;
  if (EVP_PKEY_is_a(pair, "RSA")) {
    for (const RsaNumber& number : kRsaNumbers) {
      if (number.name == name) bytes = NumberOf(pair, number.parameter, 1);
    }
  } else if (const std::string curve = CurveOf(pair); !OnCurveOfPoints(curve)) {
    bytes = RawOf(pair, name == "d" ? Half::kPrivate : Half::kPublic);
  } else {
    bytes = NumberOf(pair,
                     name == "x"   ? OSSL_PKEY_PARAM_EC_PUB_X
                     : name == "y" ? OSSL_PKEY_PARAM_EC_PUB_Y
                                   : OSSL_PKEY_PARAM_PRIV_KEY,
                     FieldSize(curve));
  }
  if (!bytes) return std::nullopt;
  return js::Bytes{std::move(*bytes)};
}

std::int64_t SecretSize(HeldKey key) { return static_cast<std::int64_t>(key->secret.size()); }

KeyFacts FactsOf(HeldKey key) {
  const EVP_PKEY* pair = key->pair.get();
  if (!EVP_PKEY_is_a(pair, "RSA")) return {CurveOf(pair), 0};
  return {"RSA", EVP_PKEY_get_bits(pair)};
}

}  // namespace loadctl::modules::webcrypto
