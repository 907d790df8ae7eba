// The natives of k6/crypto/x509: a certificate in PEM, read by OpenSSL, in Go's words.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/base/owned.h"

namespace loadctl::modules::x509 {

/// A distinguished name; `names` are all its parts: numbers of types and values, in turn.
struct Name {
  std::string common_name, country, postal_code, state, locality, street, organization;
  std::vector<std::string> units;
  js::Pairs names;
};
/// `numbers`: hexadecimal; modulus and exponent of RSA, x and y of ECDSA, the public one of DSA.
struct PublicKey {
  std::string algorithm;
  std::vector<std::string> numbers;
};
struct Certificate {
  Name subject, issuer;
  std::string not_before, not_after;  ///< RFC 3339
  std::vector<std::string> alt_names;
  std::string signature_algorithm;
  js::Bytes finger_print;  ///< SHA-1
  PublicKey public_key;
};

namespace {

using Parsed = Owned<X509, X509_free>;

std::string_view TextOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string Utf8Of(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return "";
  std::string out(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

Name NameOf(const X509_NAME* from) {
  Name name;
  const auto first = [](std::string& to, const std::string& value) {
    if (to.empty()) to = value;
  };
  for (int i = 0; i < X509_NAME_entry_count(from); ++i) {
    X509_NAME_ENTRY* entry = X509_NAME_get_entry(from, i);
    const ASN1_OBJECT* type = X509_NAME_ENTRY_get_object(entry);
    char number[128];
    OBJ_obj2txt(number, sizeof number, type, 1);
    const std::string value = Utf8Of(X509_NAME_ENTRY_get_data(entry));
    name.names.emplace_back(number, value);
    switch (OBJ_obj2nid(type)) {
      case NID_commonName:
        name.common_name = value;  // the last, as Go
        break;
      case NID_countryName:
        first(name.country, value);
        break;
      case NID_postalCode:
        first(name.postal_code, value);
        break;
      case NID_stateOrProvinceName:
        first(name.state, value);
        break;
      case NID_localityName:
        first(name.locality, value);
        break;
      case NID_streetAddress:
        first(name.street, value);
        break;
      case NID_organizationName:
        first(name.organization, value);
        break;
      case NID_organizationalUnitName:
        name.units.push_back(value);
        break;
      default:
        break;
    }
  }
  return name;
}

std::string TimeOf(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

std::string AddressOf(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == 4 ? AF_INET : bytes.size() == 16 ? AF_INET6 : 0;
  if (family == 0 || inet_ntop(family, bytes.data(), text, sizeof text) == nullptr) return "";
  return text;
}

/// Of each kind those of the certificate in order; the kinds as Go: DNS, mail, addresses, URIs.
std::vector<std::string> AltNamesOf(const X509* certificate) {
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (const int kind : {GEN_DNS, GEN_EMAIL, GEN_IPADD, GEN_URI}) {
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
      if (name->type != kind) continue;
      const std::string_view text = TextOf(name->d.ia5);
      names.push_back(kind == GEN_IPADD ? AddressOf(text) : std::string(text));
    }
  }
  return names;
}

std::string SignatureOf(const X509* certificate) {
  switch (X509_get_signature_nid(certificate)) {
    case NID_md5WithRSAEncryption:
      return "MD5-RSA";
    case NID_sha1WithRSAEncryption:
      return "SHA1-RSA";
    case NID_sha256WithRSAEncryption:
      return "SHA256-RSA";
    case NID_sha384WithRSAEncryption:
      return "SHA384-RSA";
    case NID_sha512WithRSAEncryption:
      return "SHA512-RSA";
    case NID_dsaWithSHA1:
      return "DSA-SHA1";
    case NID_dsa_with_SHA256:
      return "DSA-SHA256";
    case NID_ecdsa_with_SHA1:
      return "ECDSA-SHA1";
    case NID_ecdsa_with_SHA256:
      return "ECDSA-SHA256";
    case NID_ecdsa_with_SHA384:
      return "ECDSA-SHA384";
    case NID_ecdsa_with_SHA512:
      return "ECDSA-SHA512";
    case NID_ED25519:
      return "Ed25519";
    default:
      break;
  }
  int digest = 0;
  X509_get_signature_info(const_cast<X509*>(certificate), &digest, nullptr, nullptr, nullptr);
  if (X509_get_signature_nid(certificate) != NID_rsassaPss) return "UnknownSignatureAlgorithm";
  return digest == NID_sha256   ? "SHA256-RSAPSS"
         : digest == NID_sha384 ? "SHA384-RSAPSS"
         : digest == NID_sha512 ? "SHA512-RSAPSS"
                                : "UnknownSignatureAlgorithm";
}

std::string NumberOf(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return "0";
  char* hex = BN_bn2hex(number);
  std::string out = hex == nullptr ? "0" : hex;
  OPENSSL_free(hex);
  BN_free(number);
  return out;
}

Result<PublicKey> KeyOf(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  switch (key == nullptr ? 0 : EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return PublicKey{
          "RSA", {NumberOf(key, OSSL_PKEY_PARAM_RSA_N), NumberOf(key, OSSL_PKEY_PARAM_RSA_E)}};
    case EVP_PKEY_EC:
      return PublicKey{
          "ECDSA",
          {NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_X), NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y)}};
    case EVP_PKEY_DSA:
      return PublicKey{"DSA", {NumberOf(key, OSSL_PKEY_PARAM_PUB_KEY)}};
    default:
      return Fail("unsupported public key algorithm");
  }
}

Result<Parsed> Decode(std::string_view pem) {
  const Owned<BIO, BIO_free> input(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1u << 24))));
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(input.get(), &name, &header, &data, &size) != 1) {
    ERR_clear_error();
    return Fail("failed to decode certificate PEM file");
  }
  const unsigned char* at = data;
  Parsed certificate(d2i_X509(nullptr, &at, size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  ERR_clear_error();
  if (!certificate) return Fail("failed to parse certificate: x509: malformed certificate");
  return certificate;
}

Result<Certificate> Read(js::Data pem) {
  LOADCTL_TRY(const Parsed certificate, Decode(pem.bytes));
  LOADCTL_TRY(PublicKey key, KeyOf(certificate.get()));
  Certificate out;
  out.subject = NameOf(X509_get_subject_name(certificate.get()));
  out.issuer = NameOf(X509_get_issuer_name(certificate.get()));
  out.not_before = TimeOf(X509_get0_notBefore(certificate.get()));
  out.not_after = TimeOf(X509_get0_notAfter(certificate.get()));
  out.alt_names = AltNamesOf(certificate.get());
  out.signature_algorithm = SignatureOf(certificate.get());
  unsigned char digest[SHA_DIGEST_LENGTH];
  unsigned size = 0;
  X509_digest(certificate.get(), EVP_sha1(), digest, &size);
  out.finger_print.data.assign(reinterpret_cast<char*>(digest), size);
  out.public_key = std::move(key);
  return out;
}

}  // namespace
}  // namespace loadctl::modules::x509

template <>
struct loadctl::js::Members<loadctl::modules::x509::Name> {
  using T = modules::x509::Name;
  static constexpr std::tuple list{Member{"commonName", &T::common_name},
                                   Member{"country", &T::country},
                                   Member{"postalCode", &T::postal_code},
                                   Member{"stateOrProvinceName", &T::state},
                                   Member{"localityName", &T::locality},
                                   Member{"streetAddress", &T::street},
                                   Member{"organizationName", &T::organization},
                                   Member{"organizationalUnitName", &T::units},
                                   Member{"names", &T::names}};
};
template <>
struct loadctl::js::Members<loadctl::modules::x509::PublicKey> {
  using T = modules::x509::PublicKey;
  static constexpr std::tuple list{Member{"algorithm", &T::algorithm},
                                   Member{"numbers", &T::numbers}};
};
template <>
struct loadctl::js::Members<loadctl::modules::x509::Certificate> {
  using T = modules::x509::Certificate;
  static constexpr std::tuple list{Member{"subject", &T::subject},
                                   Member{"issuer", &T::issuer},
                                   Member{"notBefore", &T::not_before},
                                   Member{"notAfter", &T::not_after},
                                   Member{"altNames", &T::alt_names},
                                   Member{"signatureAlgorithm", &T::signature_algorithm},
                                   Member{"fingerPrint", &T::finger_print},
                                   Member{"publicKey", &T::public_key}};
};

namespace loadctl::modules::x509 {

Module Describe() { return {faces::kX509, {js::Native<&Read>("read")}}; }

}  // namespace loadctl::modules::x509
