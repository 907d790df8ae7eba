// The gRPC server of a controller: one address, any number of services.
// Not for what they do (registry.h, controller/api). Made and destroyed by one thread.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/daemon/tls.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace loadctl::fleet {

class Server final {
 public:
  /// Listens and serves. The services must outlive the server. Fails if the address cannot be had,
  /// also when another program listens there.
  static Result<std::unique_ptr<Server>> Listen(const std::string& address, const daemon::Tls& tls,
                                                std::span<grpc::Service* const> services);
  /// Ends every stream and waits for the services' callbacks.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port listened on; 0 for a Unix socket.
  [[nodiscard]] int port() const { return port_; }

 private:
  Server(std::unique_ptr<grpc::Server> server, int port);

  std::unique_ptr<grpc::Server> server_;
  int port_;
};

}  // namespace loadctl::fleet
