// Owners of OpenSSL's objects, and its errors as ours. Any thread.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "common/base/error.h"

namespace loadctl::modules::webcrypto {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owner = std::unique_ptr<T, Freeing<Free>>;

using BigNumber = Owner<BIGNUM, BN_clear_free>;
using PairContext = Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using CipherContext = Owner<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestContext = Owner<EVP_MD_CTX, EVP_MD_CTX_free>;
using Parameters = Owner<OSSL_PARAM, OSSL_PARAM_free>;
using ParameterBuilder = Owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using PrivateKeyInfo = Owner<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EcSignature = Owner<ECDSA_SIG, ECDSA_SIG_free>;
using Kdf = Owner<EVP_KDF, EVP_KDF_free>;
using KdfContext = Owner<EVP_KDF_CTX, EVP_KDF_CTX_free>;

inline const unsigned char* BytesOf(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* BytesOf(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// Fails with `what` and OpenSSL's reason for it.
inline tl::unexpected<Error> FailOpenSsl(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return Fail(reason == nullptr ? what : what + ": " + reason);
}

}  // namespace loadctl::modules::webcrypto
