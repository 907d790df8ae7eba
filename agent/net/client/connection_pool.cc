#include "agent/net/client/connection_pool.h"

#include <algorithm>
#include <utility>

namespace loadctl::net {

Route::Route(const Url& url, const Proxy* proxy, HttpVersion wanted) : version(wanted) {
  tls = url.scheme == "https";
  // What a proxy sends on is HTTP/1.1; HTTP/2 goes through it.
  if (proxy != nullptr && proxy->kind != Proxy::Kind::kSocks5 && !tls && !Takes(true)) {
    forwarding = proxy;
    return;
  }
  hostname = url.Hostname();
  port = url.Port();
}

namespace {

/// What was made for HTTP/1.1 alone is not what a server chose of both.
bool Serves(const PooledConnection& connection, const Route& route) {
  const bool chosen = connection.http2 || connection.asked == HttpVersion::kAny || !route.tls;
  return route.Takes(connection.http2) && (route.version != HttpVersion::kAny || chosen);
}

}  // namespace

bool ConnectionPool::Outlived(const PooledConnection& connection, TimePoint now) const {
  const std::chrono::nanoseconds none{};
  if (limits_.age > none && now - connection.made > limits_.age) return true;
  return limits_.idle_time > none && connection.users == 0 &&
         now - connection.idle_since > limits_.idle_time;
}

PooledConnection* ConnectionPool::Take(const Route& route, bool probe, TimePoint now) {
  for (std::size_t i = connections_.size(); i-- > 0;) {
    PooledConnection& candidate = *connections_[i];
    if (candidate.port != route.port || candidate.tls != route.tls ||
        candidate.forwarding != route.forwarding || candidate.hostname != route.hostname ||
        !Serves(candidate, route))
      continue;
    if (candidate.http->Room() == 0) continue;
    const bool outlived = Outlived(candidate, now);
    if (candidate.users == 0 && (outlived || !candidate.http->Alive(probe))) {
      connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    if (outlived) continue;
    ++candidate.users;
    return &candidate;
  }
  return nullptr;
}

PooledConnection& ConnectionPool::Add(std::unique_ptr<PooledConnection> connection, TimePoint now) {
  connection->made = now;
  connection->users = 1;
  return *connections_.emplace_back(std::move(connection));
}

void ConnectionPool::Release(PooledConnection& connection, TimePoint now) {
  if (--connection.users != 0) return;
  connection.idle_since = now;
  const auto at = std::find_if(connections_.begin(), connections_.end(),
                               [&](const auto& other) { return other.get() == &connection; });
  if (connection.http->Room() == 0 || Outlived(connection, now) ||
      IdleLike(connection) > limits_.idle_per_host) {
    connections_.erase(at);
    return;
  }
  std::rotate(at, at + 1, connections_.end());
  if (limits_.idle == 0 || idle() <= limits_.idle) return;
  connections_.erase(std::find_if(connections_.begin(), connections_.end(),
                                  [](const auto& other) { return other->users == 0; }));
}

void ConnectionPool::CloseIdle() {
  std::erase_if(connections_, [](const auto& connection) { return connection->users == 0; });
}

std::size_t ConnectionPool::idle() const {
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const auto& connection) { return connection->users == 0; }));
}

std::size_t ConnectionPool::IdleLike(const PooledConnection& connection) const {
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(), [&](const auto& other) {
        return other->users == 0 && other->port == connection.port &&
               other->tls == connection.tls && other->forwarding == connection.forwarding &&
               other->hostname == connection.hostname;
      }));
}

}  // namespace loadctl::net
