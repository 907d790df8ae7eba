// The certificates that a gRPC server shows and trusts, which can be replaced while it serves:
// streams that stand go on, new ones get the new. Not for reading files
// (common/daemon/tls_files.h). Any thread.
#pragma once

#include <memory>
#include <mutex>

#include "common/base/error.h"
#include "common/daemon/tls.h"

namespace grpc {
class ServerCredentials;
}

namespace loadctl::fleet {

/// Whether who comes must show a certificate, or may, and is known by a join token otherwise.
enum class PeerCertificate { kRequired, kOptional };

class LiveCertificates final {
 public:
  /// Fails (kGeneric) if the system gives no memory for them.
  static Result<std::unique_ptr<LiveCertificates>> Make(const daemon::Tls& tls,
                                                        PeerCertificate peers);
  ~LiveCertificates();
  LiveCertificates(const LiveCertificates&) = delete;
  LiveCertificates& operator=(const LiveCertificates&) = delete;

  [[nodiscard]] std::shared_ptr<grpc::ServerCredentials> credentials() const { return made_; }

  /// Handshakes have the new ones within two seconds.
  Result<void> Replace(const daemon::Tls& tls);

 private:
  LiveCertificates() = default;

  std::mutex mutex_;
  int key_ = -1, cert_ = -1,
      ca_ = -1;       ///< files in memory only, which gRPC looks at again and again
  long version_ = 0;  ///< their time, so that each is newer than the ones before
  std::shared_ptr<grpc::ServerCredentials> made_;
};

}  // namespace loadctl::fleet
