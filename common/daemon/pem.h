// Certificates and keys, and the PEM texts they are kept in (RFC 7468).
// Not for whether a certificate is trusted (OpenSSL's part). Pure, any thread; OpenSSL's list of a
// thread's errors is empty afterwards.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/owned.h"

namespace loadctl::daemon {

using Certificate = Owned<X509, X509_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

/// The first certificate in a text; null if there is none.
[[nodiscard]] Certificate ReadCertificate(const std::string& pem);
/// All of them, in order.
[[nodiscard]] std::vector<Certificate> ReadCertificates(const std::string& pem);
/// When it expires, in seconds since 1970 (UTC); 0 if it does not say.
[[nodiscard]] std::int64_t EndOf(const X509& certificate);
/// A private key; null if there is none, or only one under a password.
[[nodiscard]] Key ReadKey(const std::string& pem);

/// Empty if OpenSSL cannot.
[[nodiscard]] std::string WritePem(X509& certificate);
[[nodiscard]] std::string WritePem(const EVP_PKEY& key);  ///< PKCS #8, without a password

}  // namespace loadctl::daemon
