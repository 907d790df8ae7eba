// Who may come in: by the certificate of the stream, or where there is none by a token.
// Not for what they may say (controller/run, controller/service). Any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/daemon/identity.h"

namespace grpc {
class ServerContextBase;
}

namespace loadctl::fleet {

struct AccessOptions {
  bool tls = false;          ///< streams carry certificates that TLS has checked
  std::string token;         ///< else they carry this; empty: whoever reaches the address may come
  std::string revoked_file;  ///< serials of certificates that are not welcome any more; empty: none
};

class Access final {
 public:
  explicit Access(AccessOptions options) : options_(std::move(options)) {}

  /// Who is at the other end; without certificates nobody by name, with every right. Fails
  /// (kGeneric) in words: another role than the service is for, no role, revoked, a wrong token.
  [[nodiscard]] Result<daemon::Identity> Judge(const grpc::ServerContextBase& call,
                                               daemon::Role wanted);

 private:
  /// The file is read again when it has changed. One that cannot be read lets nobody in.
  [[nodiscard]] Result<bool> IsRevoked(const std::string& serial);

  const AccessOptions options_;
  std::mutex mutex_;
  std::set<std::string> revoked_;
  std::chrono::nanoseconds revoked_at_{-1};  // the file's time
};

}  // namespace loadctl::fleet
