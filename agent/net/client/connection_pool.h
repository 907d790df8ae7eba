// ConnectionPool: the connections of one client, those in use and those kept for the next request.
// Not how they are made or what they speak. One VU's; its worker's thread.
#pragma once

#include <chrono>
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
  HttpVersion version = HttpVersion::kAny;
  /// Of a URL, of the proxy it is asked through, which may be null, and by what.
  Route(const Url& url, const Proxy* proxy, HttpVersion version);

  /// Whether a connection that speaks HTTP/2, or one that does not, is what is wanted.
  [[nodiscard]] bool Takes(bool http2) const {
    if (version == HttpVersion::kAny && tls) return true;
    return http2 == (version == HttpVersion::kHttp2 || version == HttpVersion::kH2c);
  }
};

/// A connection and where it leads.
struct PooledConnection {
  explicit PooledConnection(const Route& route)
      : hostname(route.hostname),
        port(route.port),
        tls(route.tls),
        forwarding(route.forwarding),
        asked(route.version) {}

  std::string hostname;
  std::uint16_t port = 0;
  bool tls = false;
  const Proxy* forwarding = nullptr;
  Endpoint remote;
  std::string_view tls_version;  ///< static; empty on plain
  std::string_view tls_cipher_suite;
  std::shared_ptr<const OcspStatus> ocsp;  ///< null: none was stapled
  HttpVersion asked = HttpVersion::kAny;   ///< by the request it was made for
  bool http2 = false;
  TimePoint made{};        ///< when it was added
  TimePoint idle_since{};  ///< when its last request ended
  std::unique_ptr<HttpConnection> http;
  std::size_t users = 0;  ///< requests under way
};

class ConnectionPool final {
 public:
  struct Limits {
    std::size_t idle = 0;                  ///< kept in all; 0: no limit
    std::size_t idle_per_host = 2;         ///< kept to one host and port
    std::chrono::nanoseconds age{};        ///< it takes no more requests then; 0: no limit
    std::chrono::nanoseconds idle_time{};  ///< the same, since the last
  };
  explicit ConnectionPool(Limits limits) : limits_(limits) {}

  /// A connection for a request on `route`, the latest used first; null if there is none with room.
  /// `probe` as in HttpConnection::Alive(). What has died or is too old at `now` is dropped. Give
  /// it back by Release().
  [[nodiscard]] PooledConnection* Take(const Route& route, bool probe, TimePoint now);
  /// Takes in a new connection, with its first request.
  PooledConnection& Add(std::unique_ptr<PooledConnection> connection, TimePoint now);
  /// A request on it has ended at `now`. It is kept if it has room for another and the limits
  /// allow.
  void Release(PooledConnection& connection, TimePoint now);
  /// Closes those without a request under way.
  void CloseIdle();
  /// Connections without a request under way.
  [[nodiscard]] std::size_t idle() const;

 private:
  Limits limits_;
  /// Those without a request stand in the order in which they fell idle, the longest idle first.
  std::vector<std::unique_ptr<PooledConnection>> connections_;

  [[nodiscard]] bool Outlived(const PooledConnection& connection, TimePoint now) const;
  [[nodiscard]] std::size_t IdleLike(const PooledConnection& connection) const;
};

}  // namespace loadctl::net
