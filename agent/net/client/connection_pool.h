// ConnectionPool: the connections of one client, or of all that share theirs: those in use and
// those kept for the next request. Not how they are made or what they speak. The worker's thread.
#pragma once

#include <atomic>
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
#include "agent/net/socket/parker.h"

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
    std::size_t idle_per_host = 2;         ///< kept to one host and port; 0: no limit
    std::chrono::nanoseconds age{};        ///< it takes no more requests then; 0: no limit
    std::chrono::nanoseconds idle_time{};  ///< the same, since the last
    std::size_t per_host = 0;              ///< to one host and port at a time; 0: no limit
  };
  /// Counts its connections in `open`, too, which has one writer and outlives it; null: it does
  /// not.
  explicit ConnectionPool(Limits limits, std::atomic<std::int64_t>* open = nullptr)
      : limits_(limits), open_(open) {}
  ~ConnectionPool() { Count(-static_cast<std::int64_t>(connections_.size())); }
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// A connection for a request on `route`, the latest used first; null if there is none with room,
  /// or others wait for one. `probe` as in HttpConnection::Alive(). What has died or is too old at
  /// `now` is dropped. Give it back by Release().
  [[nodiscard]] PooledConnection* Take(const Route& route, bool probe, TimePoint now);
  /// Takes in a new connection, with its first request.
  PooledConnection& Add(std::unique_ptr<PooledConnection> connection, TimePoint now);
  /// A request on it has ended at `now`. It is kept if it has room for another and the limits
  /// allow; who waits for one gets it.
  void Release(PooledConnection& connection, TimePoint now);
  /// Closes those without a request under way.
  void CloseIdle();
  /// Connections without a request under way.
  [[nodiscard]] std::size_t idle() const;

  // ---- where connections to a host are limited

  [[nodiscard]] bool limited() const { return limits_.per_host != 0; }
  /// A request that waits for a connection or for the right to make one, on its fiber's stack.
  struct Waiter {
    const Route& route;
    Parker& parker;
    bool told = false;                  ///< its turn has come
    PooledConnection* given = nullptr;  ///< taken for it; null, and told: it may make one
  };
  /// Tells the waiter at once, or when its turn comes, in the order of asking. Forget() it where
  /// the wait ends before that.
  void Await(Waiter& waiter);
  void Forget(Waiter& waiter) { std::erase(waiting_, &waiter); }
  /// Who was told to make one has tried; it was added, if it came to be.
  void EndMaking(const Route& route);

 private:
  /// Whether `count`, of some of the connections, is above a limit. It is not counted where there
  /// are no more in all.
  template <class Count>
  [[nodiscard]] bool IsOver(std::size_t limit, Count count) const {
    return limit != 0 && connections_.size() > limit && count() > limit;
  }

  const Limits limits_;
  std::atomic<std::int64_t>* const open_;
  /// Those without a request stand in the order in which they fell idle, the longest idle first.
  std::vector<std::unique_ptr<PooledConnection>> connections_;
  std::vector<Waiter*> waiting_;  ///< the first came first
  /// Of limited hosts, where connections are being made for requests that were told to.
  std::vector<PooledConnection> making_;

  using Place = std::vector<std::unique_ptr<PooledConnection>>::iterator;
  [[nodiscard]] bool Outlived(const PooledConnection& connection, TimePoint now) const;
  [[nodiscard]] std::size_t IdleLike(const PooledConnection& connection) const;
  [[nodiscard]] PooledConnection* Find(const Route& route, bool probe, TimePoint now);
  [[nodiscard]] bool AnyWaits(const Route& route) const;
  [[nodiscard]] bool MayMake(const Route& route);
  void TellOnes(TimePoint now);
  void Drop(Place place);
  void Count(std::int64_t by) {
    if (open_ != nullptr)
      open_->store(open_->load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
};

}  // namespace loadctl::net
