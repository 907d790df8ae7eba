// What a place that a certificate names gives instead of a certificate.
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/net/tls/issuers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto all = loadctl::net::ReadCertificates({reinterpret_cast<const char*>(data), size});
  if (all.size() > 16) std::abort();
  for (X509* certificate : all) X509_free(certificate);
  return 0;
}
