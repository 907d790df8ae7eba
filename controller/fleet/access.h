// Who may come in: by the certificate of the stream, or where there is none by a token.
// Not for what they may say (controller/run, controller/service). Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/daemon/identity.h"
#include "controller/fleet/audit_log.h"
#include "controller/fleet/join_tokens.h"

namespace grpc {
class ServerContextBase;
}

namespace loadctl::fleet {

struct AccessOptions {
  bool tls = false;          ///< streams carry certificates that TLS has checked, or join tokens
  std::string token;         ///< else they carry this; empty: whoever reaches the address may come
  std::string revoked_file;  ///< serials of certificates that are not welcome any more; empty: none
  std::string join_tokens_file;          ///< of agents without certificates; empty: none
  std::set<std::string> allowed_agents;  ///< names that agents have; empty: any
};

/// Who is at the other end.
struct Visitor : daemon::Identity {
  std::string address;  ///< as gRPC names it
  /// The join token has expired: who works by it goes on, and nobody new comes by it.
  bool only_returning = false;
  std::string join_token;  ///< its number; empty without one

  [[nodiscard]] Actor actor() const { return {name, serial, address}; }
};

/// Nobody by name, with every right: where nobody asks who comes, and of who was refused.
[[nodiscard]] Visitor Unknown(const grpc::ServerContextBase& call);

class Access final {
 public:
  explicit Access(AccessOptions options);

  /// Who is at the other end; without certificates and join tokens nobody by name, with every
  /// right. Fails (kGeneric) in words: another role than the service is for, no role, no name,
  /// revoked, not on the list, a wrong token.
  [[nodiscard]] Result<Visitor> Judge(const grpc::ServerContextBase& call, daemon::Role wanted);

  /// Reads again what has been taken back, if that has changed. For those who are in: call it now
  /// and then, and before they are given something; then ask of each. False: nothing ever is.
  bool Look();
  /// Why somebody who came in may not stay: the certificate is revoked, or the join token is not on
  /// the list any more (one that has expired is). Empty: they may. Lists that cannot be read, and
  /// so let nobody in, take nobody out.
  [[nodiscard]] std::string WhyGo(const Visitor& visitor);

 private:
  /// A file that is read again when it has changed.
  struct Watched {
    std::string path, stamp;
  };
  /// Whether it has, with its text; fails if it cannot be read, and then again and again.
  [[nodiscard]] static Result<bool> ReadIfChanged(Watched& file, std::string& text);
  /// One that cannot be read lets nobody in.
  [[nodiscard]] Result<bool> IsRevoked(const std::string& serial);
  [[nodiscard]] Result<void> ReadRevoked();
  [[nodiscard]] Result<void> ReadJoinTokens();
  [[nodiscard]] Result<Visitor> JudgeJoinToken(const std::string& token);
  [[nodiscard]] Result<Visitor> JudgeCertificate(const std::string& pem, daemon::Role wanted);

  const AccessOptions options_;
  std::mutex mutex_;
  Watched revoked_file_, tokens_file_;
  std::set<std::string> revoked_;
  std::vector<JoinToken> tokens_;
};

}  // namespace loadctl::fleet
