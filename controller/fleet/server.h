// The gRPC server of a controller: one address, any number of services.
// Not for what they do (registry.h, controller/api). Made and destroyed by one thread.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/daemon/tls.h"
#include "common/wire/reliable.h"
#include "controller/fleet/connections.h"
#include "controller/fleet/live_certificates.h"
#include "controller/fleet/quotas.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace loadctl::fleet {

struct ServerOptions {
  PeerCertificate peers = PeerCertificate::kRequired;
  int max_message = wire::kMaxMessage;  ///< bytes that one may send; a longer one ends its stream
  SharedQuotas connections;             ///< bounds of those by TCP and of their memory; null: none
};

class Server final {
 public:
  /// Listens and serves. The services must outlive the server. Fails if the address cannot be had,
  /// also when another program listens there.
  static Result<std::unique_ptr<Server>> Listen(const std::string& address, const daemon::Tls& tls,
                                                std::span<grpc::Service* const> services,
                                                const ServerOptions& options = {});
  /// Ends every stream and waits for the services' callbacks.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port listened on; 0 for a Unix socket.
  [[nodiscard]] int port() const { return port_; }

  /// Of a server with certificates: from here on it has these. Streams that stand go on.
  Result<void> Replace(const daemon::Tls& tls);

 private:
  Server(std::unique_ptr<grpc::Server> server, std::unique_ptr<LiveCertificates> certificates,
         std::unique_ptr<Connections> connections, int port);

  std::unique_ptr<LiveCertificates> certificates_;  // null: plaintext
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Connections> connections_;  // null: gRPC takes them itself
  int port_;
};

}  // namespace loadctl::fleet
