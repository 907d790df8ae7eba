#include "controller/fleet/live_certificates.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace loadctl::fleet {
namespace {

constexpr unsigned kLookEverySeconds = 1;

/// A file of this process alone, in memory; -1 if there is none to be had.
int MakeFile(const std::string& text, long version) {
  const int file = memfd_create("loadctl-tls", MFD_CLOEXEC);
  if (file < 0) return -1;
  const timespec times[2] = {{version, 0}, {version, 0}};
  const bool good = fchmod(file, 0600) == 0 &&
                    write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    futimens(file, times) == 0;
  if (good) return file;
  close(file);
  return -1;
}

std::string PathOf(int file) { return "/proc/self/fd/" + std::to_string(file); }

}  // namespace

Result<std::unique_ptr<LiveCertificates>> LiveCertificates::Make(const daemon::Tls& tls,
                                                                 PeerCertificate peers) {
  std::unique_ptr<LiveCertificates> made(new LiveCertificates());
  LOADCTL_CHECK_OK(made->Replace(tls));
  namespace tls_api = grpc::experimental;
  tls_api::TlsServerCredentialsOptions options(
      std::make_shared<tls_api::FileWatcherCertificateProvider>(
          PathOf(made->key_), PathOf(made->cert_), PathOf(made->ca_), kLookEverySeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(peers == PeerCertificate::kRequired
                                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                    : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  made->made_ = tls_api::TlsServerCredentials(options);
  return made;
}

LiveCertificates::~LiveCertificates() {
  made_.reset();
  for (const int file : {key_, cert_, ca_})
    if (file >= 0) close(file);
}

// gRPC reads key and certificate, and takes them only if neither file has become newer meanwhile.
Result<void> LiveCertificates::Replace(const daemon::Tls& tls) {
  const std::lock_guard lock(mutex_);
  ++version_;
  const auto put = [this](int& file, const std::string& text) {
    const int fresh = MakeFile(text, version_);
    if (fresh < 0) return false;
    if (file < 0) {
      file = fresh;
      return true;
    }
    const bool good = dup3(fresh, file, O_CLOEXEC) == file;
    close(fresh);
    return good;
  };
  if (put(key_, tls.key) && put(cert_, tls.cert) && put(ca_, tls.ca)) return {};
  return Fail(std::string("the certificates cannot be kept in memory: ") + std::strerror(errno));
}

}  // namespace loadctl::fleet
