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

std::shared_ptr<grpc::ServerCredentials> Credentials(const daemon::Tls& tls) {
  if (tls.plaintext()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.ca;
  options.pem_key_cert_pairs.push_back({tls.key, tls.cert});
  return grpc::SslServerCredentials(options);
}

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
                                               std::span<grpc::Service* const> services) {
  LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(address));
  const auto busy = [&] {
    return Fail("cannot listen on " + address + ": is the address in use, or not this machine's?");
  };
  if (!endpoint.path.empty() && IsServed(endpoint.path)) return busy();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.SetMaxSendMessageSize(kMaxMessage);
  // Two controllers must not share a port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  // A peer whose machine is gone leaves its connection half open.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  int port = 0;
  builder.AddListeningPort(address, Credentials(tls), &port);
  for (auto* service : services) builder.RegisterService(service);
  // Plaintext on a Unix socket trusts whoever may open it: that is this user alone, whatever the
  // umask.
  const mode_t before = umask(0177);
  auto server = builder.BuildAndStart();
  umask(before);
  if (!server || (port == 0 && endpoint.path.empty())) return busy();
  return std::unique_ptr<Server>(new Server(std::move(server), endpoint.path.empty() ? port : 0));
}

Server::Server(std::unique_ptr<grpc::Server> server, int port)
    : server_(std::move(server)), port_(port) {}

Server::~Server() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
}

}  // namespace loadctl::fleet
