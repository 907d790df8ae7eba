#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "agent/net/socket/ascii.h"
#include "agent/net/tls/memory_bio.h"
#include "agent/net/tls/tls_sessions.h"
#include "agent/net/tls/tls_transport.h"
#include "agent/net/tls/tls_verify.h"
#include "common/base/authorities.h"

namespace loadctl::net {
namespace {

std::string OpenSslError() {
  char buffer[256] = {};
  ERR_error_string_n(ERR_peek_last_error(), buffer, sizeof buffer);
  ERR_clear_error();
  return buffer;
}

int ProtocolNumber(TlsOptions::Version version) {
  switch (version) {
    case TlsOptions::Version::kTls10:
      return TLS1_VERSION;
    case TlsOptions::Version::kTls11:
      return TLS1_1_VERSION;
    case TlsOptions::Version::kTls12:
      return TLS1_2_VERSION;
    case TlsOptions::Version::kTls13:
      break;
  }
  return TLS1_3_VERSION;
}

Result<void> AddRoots(SSL_CTX* context, const std::string& pem) {
  const BioPointer bio = MemoryBio(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int added = 0;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    added += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  ERR_clear_error();
  if (added == 0) return Fail(ErrorCode::kInvalidConfig, "no PEM certificate among extra roots");
  return {};
}

/// k6's names of suites in the order in which Go prefers them, whatever a script's order is, and
/// OpenSSL's. Source: crypto/tls, cipherSuitesPreferenceOrder.
struct Suite {
  std::string_view name;
  std::string_view own;
  bool by_default;
};
constexpr Suite kSuites[] = {
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", true},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", true},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", true},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305", true},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", true},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", true},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", true},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", false},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", false},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", false},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", false},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA", false},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", false},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", false},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", false},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", false},
    {"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "ECDHE-ECDSA-RC4-SHA", false},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA", false},
    {"TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA", false},
};
/// Those of TLS 1.3 cannot be chosen, as in Go; naming one is no error.
constexpr std::string_view kSuites13[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                          "TLS_CHACHA20_POLY1305_SHA256"};

/// What OpenSSL lacks is refused by name: 3DES and RC4 in Debian's build.
Result<void> CheckSuite(SSL_CTX* context, const std::string& name) {
  if (std::ranges::find(kSuites13, name) != std::end(kSuites13)) return {};
  const auto* suite = std::ranges::find(kSuites, name, &Suite::name);
  if (suite != std::end(kSuites) &&
      SSL_CTX_set_cipher_list(context, (std::string(suite->own) + ":@SECLEVEL=0").c_str()) == 1)
    return {};
  ERR_clear_error();
  return Fail(ErrorCode::kInvalidConfig, "unknown cipher suite '" + name + "'");
}

Result<void> SetCiphers(SSL_CTX* context, const TlsOptions& options) {
  std::vector<std::string> wanted;
  for (const std::string& name : options.cipher_suites) {
    LOADCTL_CHECK_OK(CheckSuite(context, name));
    if (std::ranges::find(kSuites13, name) == std::end(kSuites13)) wanted.push_back(name);
  }
  std::string list;
  for (const Suite& suite : kSuites) {
    const bool in =
        wanted.empty() ? suite.by_default : std::ranges::find(wanted, suite.name) != wanted.end();
    if (in) list += std::string(suite.own) + ':';
  }
  // What Go takes that OpenSSL would not by default: short RSA keys, TLS 1.0. VerifyAsGo() has its
  // own say on certificates.
  list += "@SECLEVEL=0";
  if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1 ||
      SSL_CTX_set_ciphersuites(context,
                               "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                               "TLS_CHACHA20_POLY1305_SHA256") != 1) {
    return Fail(ErrorCode::kInvalidConfig, "cipher suites refused: " + OpenSslError());
  }
  return {};
}

int GivePassword(char* buffer, int size, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  const int length = std::min(size, static_cast<int>(text.size()));
  std::memcpy(buffer, text.data(), static_cast<std::size_t>(length));
  return length;
}

/// Why OpenSSL failed, without its codes.
std::string OpenSslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "no PEM block was found" : reason;
}

/// `number`: which of the option's, from 0.
Result<void> UseCertificate(SSL_CTX* context, const ClientCertificate& client, std::size_t number) {
  const std::string place = "option tlsAuth[" + std::to_string(number) + "]";
  const BioPointer chain = MemoryBio(client.certificate);
  X509* leaf = PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr);
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf) != 1) {
    X509_free(leaf);
    return Fail(ErrorCode::kInvalidConfig,
                place + ".cert: certificate unreadable: " + OpenSslReason());
  }
  X509_free(leaf);
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) X509_free(next);
  }
  ERR_clear_error();
  const BioPointer key_bio = MemoryBio(client.key);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio.get(), nullptr, GivePassword,
                                          const_cast<std::string*>(&client.password));
  if (key == nullptr) {
    std::string why = OpenSslReason();
    // The words of Go's crypto/tls.
    if (client.key.find("BEGIN CERTIFICATE") != std::string::npos)
      why = "found a certificate rather than a key in the PEM for the private key";
    return Fail(ErrorCode::kInvalidConfig, place + ".key: key unreadable: " + why);
  }
  const bool used = SSL_CTX_use_PrivateKey(context, key) == 1;
  EVP_PKEY_free(key);
  if (!used) {
    ERR_clear_error();
    return Fail(ErrorCode::kInvalidConfig,
                place + ".key: private key does not match the certificate of .cert");
  }
  return {};
}

/// The file that SSLKEYLOGFILE names, opened once for the process: none without one, errno if it
/// cannot be written.
struct KeyLog {
  int file = -1;
  int error = 0;
};
const KeyLog& KeyLogFile() {
  static const KeyLog log = [] {
    const char* path = std::getenv("SSLKEYLOGFILE");
    if (path == nullptr || *path == '\0') return KeyLog{};
    constexpr mode_t kOwnerOnly = 0600;
    const int opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
    return KeyLog{opened, opened < 0 ? errno : 0};
  }();
  return log;
}

/// One line in one write, so that those of several threads and agents do not mix.
void LogKeys(const SSL*, const char* line) {
  const std::string text = std::string(line) + '\n';
  if (write(KeyLogFile().file, text.data(), text.size()) < 0) return;  // the run goes on without
}

/// Adds the system's root certificates. OpenSSL looks where it was built for; elsewhere it is told.
void AddSystemRoots(X509_STORE* store) {
  X509_STORE_set_default_paths(store);
  if (access(X509_get_default_cert_dir(), R_OK) == 0 ||
      access(X509_get_default_cert_file(), R_OK) == 0)
    return;
  const std::string file = AuthoritiesFile();
  if (!file.empty()) X509_STORE_load_file(store, file.c_str());
}

/// OpenSSL has a session that may be resumed. 1: it is ours now.
int KeepSession(SSL* ssl, SSL_SESSION* session) {
  const auto* verdict = static_cast<const Verdict*>(SSL_get_app_data(ssl));
  if (verdict == nullptr || verdict->sessions == nullptr) return 0;
  verdict->sessions->Put(verdict->session_name, session);
  return 0;  // OpenSSL's own is not taken over
}

/// The system's root certificates, which take some 15 ms to read: once a process, for all contexts.
X509_STORE* SystemRoots() {
  static X509_STORE* const roots = [] {
    X509_STORE* store = X509_STORE_new();
    if (store != nullptr) AddSystemRoots(store);
    ERR_clear_error();
    return store;
  }();
  return roots;
}

Result<void> Configure(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Go connects to servers without secure renegotiation, and takes an end without close_notify.
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Where a client keeps sessions, it keeps them itself.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, KeepSession);
  if (KeyLogFile().error != 0)
    return Fail(ErrorCode::kInvalidConfig,
                "SSLKEYLOGFILE: " + std::string(std::getenv("SSLKEYLOGFILE")) +
                    " cannot be written: " + std::strerror(KeyLogFile().error));
  if (KeyLogFile().file >= 0) SSL_CTX_set_keylog_callback(context, LogKeys);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_min_proto_version(context, ProtocolNumber(options.min_version));
  SSL_CTX_set_max_proto_version(context, ProtocolNumber(options.max_version));
  LOADCTL_CHECK_OK(SetCiphers(context, options));
  if (options.verify == TlsOptions::Verify::kNo) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, VerifyAsGo, nullptr);
  if (!options.extra_roots.empty()) {
    AddSystemRoots(SSL_CTX_get_cert_store(context));
    LOADCTL_CHECK_OK(AddRoots(context, options.extra_roots));
  }
  ERR_clear_error();
  return {};
}

bool CoversHost(const std::string& pattern, std::string_view host) {
  if (EqualsIgnoreCase(pattern, host)) return true;
  if (pattern.size() < 3 || pattern.compare(0, 2, "*.") != 0) return false;
  const auto dot = host.find('.');
  return dot != std::string_view::npos &&
         EqualsIgnoreCase(std::string_view(pattern).substr(1), host.substr(dot));
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Make(const TlsOptions& options) {
  std::unique_ptr<TlsContext> made(new TlsContext);
  made->verify_ = options.verify;
  made->needs_roots_ = options.verify == TlsOptions::Verify::kYes && options.extra_roots.empty();
  made->context_ = SSL_CTX_new(TLS_client_method());
  if (made->context_ == nullptr) return Fail("OpenSSL: " + OpenSslError());
  LOADCTL_CHECK_OK(Configure(made->context_, options));
  std::size_t number = 0;
  for (const ClientCertificate& client : options.client_certificates) {
    SSL_CTX* context = made->context_;
    if (!client.domains.empty()) {
      context = SSL_CTX_new(TLS_client_method());
      if (context == nullptr) return Fail("OpenSSL: " + OpenSslError());
      made->per_domain_.push_back({client.domains, context});
      LOADCTL_CHECK_OK(Configure(context, options));
    }
    LOADCTL_CHECK_OK(UseCertificate(context, client, number++));
  }
  return made;
}

TlsContext::~TlsContext() {
  for (const PerDomain& entry : per_domain_) SSL_CTX_free(entry.context);
  SSL_CTX_free(context_);
}

void TlsContext::ReadSystemRoots() { SystemRoots(); }

ssl_ctx_st* TlsContext::NativeFor(std::string_view host) const {
  if (std::exchange(needs_roots_, false)) {
    SSL_CTX_set1_cert_store(context_, SystemRoots());
    for (const PerDomain& entry : per_domain_)
      SSL_CTX_set1_cert_store(entry.context, SystemRoots());
  }
  for (const PerDomain& entry : per_domain_) {
    for (const std::string& domain : entry.domains) {
      if (CoversHost(domain, host)) return entry.context;
    }
  }
  return context_;
}

}  // namespace loadctl::net
