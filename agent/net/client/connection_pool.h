// ConnectionPool: the connections of one client, those in use and those kept for the next request.
// Not how they are made or what they speak. One VU's; its worker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_connection.h"
#include "agent/net/http/url.h"
#include "agent/net/proxy/proxy_rules.h"
#include "agent/net/socket/address.h"

namespace loadctl::net {

/// Where a request goes: connections of the same route serve each other's requests.
struct Route {
  std::string_view hostname;  ///< empty behind `forwarding`, which serves all hosts
  std::uint16_t port = 0;
  bool tls = false;
  const Proxy* forwarding = nullptr;  ///< the proxy that requests are given to
  /// Of a URL, and of the proxy it is asked through, which may be null.
  Route(const Url& url, const Proxy* proxy);
};

/// A connection and where it leads.
struct PooledConnection {
  explicit PooledConnection(const Route& route)
      : hostname(route.hostname), port(route.port), tls(route.tls), forwarding(route.forwarding) {}

  std::string hostname;
  std::uint16_t port = 0;
  bool tls = false;
  const Proxy* forwarding = nullptr;
  Endpoint remote;
  std::string_view tls_version;  ///< static; empty on plain
  std::string_view tls_cipher_suite;
  std::unique_ptr<HttpConnection> http;
  std::size_t users = 0;  ///< requests under way
};

class ConnectionPool final {
 public:
  struct Limits {
    std::size_t idle = 0;           ///< kept in all; 0: no limit
    std::size_t idle_per_host = 2;  ///< kept to one host and port
  };
  explicit ConnectionPool(Limits limits) : limits_(limits) {}

  /// A connection for a request on `route`, the latest used first; null if there is none with room.
  /// `probe` as in HttpConnection::Alive(). What has died is dropped. Give it back by Release().
  [[nodiscard]] PooledConnection* Take(const Route& route, bool probe);
  /// Takes in a new connection, with its first request.
  PooledConnection& Add(std::unique_ptr<PooledConnection> connection);
  /// A request on it has ended. It is kept if it has room for another and the limits allow.
  void Release(PooledConnection& connection);
  /// Closes those without a request under way.
  void CloseIdle();
  /// Connections without a request under way.
  [[nodiscard]] std::size_t idle() const;

 private:
  Limits limits_;
  /// Those without a request stand in the order in which they fell idle, the longest idle first.
  std::vector<std::unique_ptr<PooledConnection>> connections_;

  [[nodiscard]] std::size_t IdleLike(const PooledConnection& connection) const;
};

}  // namespace loadctl::net
