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
  port = url.port;
}

namespace {

/// What was made for HTTP/1.1 alone is not what a server chose of both.
bool Serves(const PooledConnection& connection, const Route& route) {
  const bool chosen = connection.http2 || connection.asked == HttpVersion::kAny || !route.tls;
  return route.Takes(connection.http2) && (route.version != HttpVersion::kAny || chosen);
}

/// Whether it leads where the route goes, whatever is spoken on it.
bool LeadsTo(const PooledConnection& connection, const Route& route) {
  return connection.port == route.port && connection.tls == route.tls &&
         connection.forwarding == route.forwarding && connection.hostname == route.hostname;
}

}  // namespace

bool ConnectionPool::Outlived(const PooledConnection& connection, TimePoint now) const {
  const std::chrono::nanoseconds none{};
  if (limits_.age > none && now - connection.made > limits_.age) return true;
  return limits_.idle_time > none && connection.users == 0 &&
         now - connection.idle_since > limits_.idle_time;
}

void ConnectionPool::Drop(Place place) {
  connections_.erase(place);
  Count(-1);
}

PooledConnection* ConnectionPool::Take(const Route& route, bool probe, TimePoint now) {
  if (!waiting_.empty() && AnyWaits(route)) return nullptr;
  return Find(route, probe, now);
}

PooledConnection* ConnectionPool::Find(const Route& route, bool probe, TimePoint now) {
  for (std::size_t i = connections_.size(); i-- > 0;) {
    PooledConnection& candidate = *connections_[i];
    if (!LeadsTo(candidate, route) || !Serves(candidate, route)) continue;
    // One that was handed to a waiter is taken, though its request has not begun yet.
    if (candidate.http->Room() == 0 || (!candidate.http2 && candidate.users > 0)) continue;
    const bool outlived = Outlived(candidate, now);
    if (candidate.users == 0 && (outlived || !candidate.http->Alive(probe))) {
      Drop(connections_.begin() + static_cast<std::ptrdiff_t>(i));
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
  Count(1);
  return *connections_.emplace_back(std::move(connection));
}

void ConnectionPool::Release(PooledConnection& connection, TimePoint now) {
  if (--connection.users == 0) {
    connection.idle_since = now;
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [&](const auto& other) { return other.get() == &connection; });
    if (connection.http->Room() == 0 || Outlived(connection, now) ||
        IsOver(limits_.idle_per_host, [&] { return IdleLike(connection); })) {
      Drop(at);
    } else {
      std::rotate(at, at + 1, connections_.end());
      if (IsOver(limits_.idle, [&] { return idle(); })) {
        Drop(std::find_if(connections_.begin(), connections_.end(),
                          [](const auto& other) { return other->users == 0; }));
      }
    }
  }
  if (!waiting_.empty()) TellOnes(now);
}

void ConnectionPool::CloseIdle() {
  const auto closed =
      std::erase_if(connections_, [](const auto& connection) { return connection->users == 0; });
  Count(-static_cast<std::int64_t>(closed));
}

bool ConnectionPool::AnyWaits(const Route& route) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiter* waiter) {
    const Route& other = waiter->route;
    return other.port == route.port && other.tls == route.tls &&
           other.forwarding == route.forwarding && other.hostname == route.hostname;
  });
}

/// One that is idle and speaks something else makes room.
bool ConnectionPool::MayMake(const Route& route) {
  const auto like = [&](const auto& all, auto at) {
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& one) { return LeadsTo(at(one), route); }));
  };
  const std::size_t made =
      like(connections_, [](const auto& one) -> const PooledConnection& { return *one; });
  const std::size_t making =
      like(making_, [](const auto& one) -> const PooledConnection& { return one; });
  if (made + making < limits_.per_host) return true;
  const auto useless =
      std::find_if(connections_.begin(), connections_.end(), [&](const auto& connection) {
        return connection->users == 0 && LeadsTo(*connection, route);
      });
  if (useless == connections_.end()) return false;
  Drop(useless);
  return true;
}

void ConnectionPool::Await(Waiter& waiter) {
  waiting_.push_back(&waiter);
  TellOnes(std::chrono::steady_clock::now());
}

/// Tells all whose turn it is. Who waits for another host does not hold up the others.
void ConnectionPool::TellOnes(TimePoint now) {
  for (std::size_t i = 0; i < waiting_.size();) {
    Waiter& waiter = *waiting_[i];
    waiter.given = Find(waiter.route, true, now);
    if (waiter.given == nullptr) {
      if (!MayMake(waiter.route)) {
        ++i;
        continue;
      }
      making_.emplace_back(waiter.route);
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    waiter.told = true;
    waiter.parker.Unpark();
  }
}

void ConnectionPool::EndMaking(const Route& route) {
  const auto one = std::find_if(making_.begin(), making_.end(),
                                [&](const PooledConnection& made) { return LeadsTo(made, route); });
  if (one != making_.end()) making_.erase(one);
  if (!waiting_.empty()) TellOnes(std::chrono::steady_clock::now());
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
