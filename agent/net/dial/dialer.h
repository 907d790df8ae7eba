// Dialer: from a host and a port to a Transport: name, address, connection, a proxy on the way,
// TLS. Not for what is spoken on it (HTTP, WebSocket, gRPC). One worker's; a call parks the fiber.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "agent/net/dial/local_addresses.h"
#include "agent/net/dns/resolver.h"
#include "agent/net/proxy/proxy_rules.h"
#include "agent/net/socket/address.h"
#include "agent/net/socket/failure.h"
#include "agent/net/socket/parker.h"
#include "agent/net/socket/transport.h"
#include "agent/net/tls/tls_transport.h"

namespace loadctl::net {

/// Where a connection is to go, and how.
struct DialTarget {
  std::string_view host;  ///< a name or an IP address, without brackets
  std::uint16_t port = 0;
  bool tls = false;
  /// ALPN names offered with TLS, the preferred first.
  std::span<const std::string_view> protocols{};
  const Proxy* proxy = nullptr;  ///< through which; null: directly
  /// The proxy itself is spoken to, and sends requests on (HTTP without TLS): no tunnel.
  bool forwarded = false;
};

/// How a VU dials.
struct DialOptions {
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);  ///< of name and connection, as k6's
  LocalPair local;                                              ///< addresses to dial from
  TlsSessions* sessions = nullptr;  ///< where TLS sessions are kept; null: none is resumed
};

/// What dialling took. Zero: did not happen.
struct DialTimings {
  std::chrono::nanoseconds looking_up{};       ///< asking for the addresses of a name
  std::chrono::nanoseconds connecting{};       ///< TCP's handshake, by the kernel's clock
  std::chrono::nanoseconds tls_handshaking{};  ///< without the generator's own lateness
};

/// What Dial() came to.
struct Dialed {
  std::unique_ptr<Transport> transport;  ///< null: see `failure`
  Failure failure;
  Endpoint remote;                   ///< set once the name was resolved; the proxy, if there is one
  TlsSession session;                ///< empty on plain
  DialTimings timings;               ///< of the steps that were done, on a failure too
  TimePoint ready{};                 ///< when the last step was over
  std::uint64_t bytes_sent = 0;      ///< of a failed TLS handshake: it belongs to no Transport
  std::uint64_t bytes_received = 0;  ///< same
};

/// Makes connections for the clients of one worker.
class Dialer final {
 public:
  /// All outlive it, and it the transports it makes.
  Dialer(boost::asio::io_context& io, Resolver& resolver, const TlsContext& tls)
      : io_(io), resolver_(resolver), tls_(tls) {}

  [[nodiscard]] boost::asio::io_context& io() const { return io_; }
  /// Resolves, connects, asks the proxy, secures. Parks until done, `wait.deadline` (k6's `request
  /// timeout`) or `options.timeout` (`dial: i/o timeout`). Never fails otherwise than by `failure`.
  [[nodiscard]] Dialed Dial(const DialTarget& target, const DialOptions& options, Wait& wait);

 private:
  boost::asio::io_context& io_;
  Resolver& resolver_;
  const TlsContext& tls_;

  void Connect(std::string_view host, std::uint16_t port, const DialOptions& options, Wait& wait,
               Dialed& dialed);
  void ReachThrough(const Proxy& proxy, const DialTarget& target, const DialOptions& options,
                    Wait& wait, Dialed& dialed);
  void Secure(const DialTarget& target, const DialOptions& options, Wait& wait, Dialed& dialed);
};

}  // namespace loadctl::net
