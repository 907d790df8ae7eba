#include "controller/fleet/server.h"

#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "common/daemon/endpoint.h"
#include "controller/fleet/stream.h"

namespace loadctl::fleet {
namespace {

/// gRPC removes a socket file that is there already, even one that a program listens on.
bool IsServed(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool served = connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return served;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Listen(const std::string& address, const daemon::Tls& tls,
                                               std::span<grpc::Service* const> services,
                                               const ServerOptions& options) {
  LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(address));
  const auto busy = [&] {
    return Fail("cannot listen on " + address + ": is the address in use, or not this machine's?");
  };
  if (!endpoint.path.empty() && IsServed(endpoint.path)) return busy();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(options.max_message);
  builder.SetMaxSendMessageSize(kMaxMessage);
  // Two controllers must not share a port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  // A little of what is compressed becomes a gigabyte before it is measured; nobody does it here.
  builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
                             wire::kUncompressed);
  // Messages that never come whole are measured by nobody else. An honest peer that loses a stream
  // by it attaches again.
  if (options.connections) {
    builder.SetResourceQuota(
        grpc::ResourceQuota("peers").Resize(options.connections->size(Quota::kPeerMemory)));
  }
  // A peer whose machine is gone leaves its connection half open.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  // One without a stream takes up a place; who has something to say connects again.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 60000);
  std::unique_ptr<LiveCertificates> certificates;
  if (!tls.plaintext()) {
    LOADCTL_TRY(certificates, LiveCertificates::Make(tls, options.peers));
  }
  const auto credentials =
      certificates ? certificates->credentials() : grpc::InsecureServerCredentials();
  int port = 0;
  std::unique_ptr<Connections> connections;
  std::unique_ptr<Connections::Acceptor> acceptor;
  if (options.connections && endpoint.path.empty()) {
    auto listening = Connections::Listen(endpoint, options.connections);
    if (!listening) return busy();
    connections = std::move(*listening);
    port = connections->port();
    acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
  } else {
    builder.AddListeningPort(address, credentials, &port);
  }
  for (auto* service : services) builder.RegisterService(service);
  // Plaintext on a Unix socket trusts whoever may open it: that is this user alone, whatever the
  // umask.
  const mode_t before = umask(0177);
  auto server = builder.BuildAndStart();
  umask(before);
  if (!server || (port == 0 && endpoint.path.empty())) return busy();
  if (connections) connections->Start(std::move(acceptor));
  return std::unique_ptr<Server>(new Server(std::move(server), std::move(certificates),
                                            std::move(connections),
                                            endpoint.path.empty() ? port : 0));
}

Server::Server(std::unique_ptr<grpc::Server> server, std::unique_ptr<LiveCertificates> certificates,
               std::unique_ptr<Connections> connections, int port)
    : certificates_(std::move(certificates)),
      server_(std::move(server)),
      connections_(std::move(connections)),
      port_(port) {}

Result<void> Server::Replace(const daemon::Tls& tls) {
  if (!certificates_) return Fail("the server has no certificates");
  return certificates_->Replace(tls);
}

Server::~Server() {
  connections_.reset();
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
}

}  // namespace loadctl::fleet
