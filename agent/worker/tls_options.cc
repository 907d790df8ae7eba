#include "agent/worker/tls_options.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace loadctl::worker {
namespace {

using Version = net::TlsOptions::Version;

Result<Version> ReadVersion(const std::string& text, Version otherwise) {
  static constexpr std::pair<std::string_view, Version> kVersions[] = {
      {"tls1.0", Version::kTls10},
      {"tls1.1", Version::kTls11},
      {"tls1.2", Version::kTls12},
      {"tls1.3", Version::kTls13},
  };
  if (text.empty()) return otherwise;
  for (const auto& [name, version] : kVersions) {
    if (name == text) return version;
  }
  return Fail(ErrorCode::kInvalidConfig, "tlsVersion: '" + text + "' is no version of TLS");
}

}  // namespace

Result<net::TlsOptions> TlsOptionsOf(const plan::Options& options) {
  net::TlsOptions tls;
  if (options.insecure_skip_tls_verify) tls.verify = net::TlsOptions::Verify::kNo;
  LOADCTL_TRY(tls.min_version, ReadVersion(options.tls_version.min, tls.min_version));
  LOADCTL_TRY(tls.max_version, ReadVersion(options.tls_version.max, tls.max_version));
  // As in Go, whose least version is 1.2 unless the greatest is below that.
  if (options.tls_version.min.empty()) tls.min_version = std::min(tls.min_version, tls.max_version);
  tls.cipher_suites = options.tls_cipher_suites;
  for (const plan::TlsCertificate& given : options.tls_auth) {
    tls.client_certificates.push_back({given.cert, given.key, given.password.value_or(""),
                                       given.domains.value_or(std::vector<std::string>())});
  }
  return tls;
}

}  // namespace loadctl::worker
