#include "controller/fleet/connections.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 1s;            // for places that have become free
constexpr auto kLookWhenFull = 50ms;  // the same, while somebody finds none
constexpr int kOutOfFilesMs = 100;    // until it is tried again

/// Whom a place counts for: an address of IPv4, also as IPv6 writes it; of IPv6 a network of 64
/// bits, of which one machine may have all addresses.
std::string HostOf(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    return std::string(reinterpret_cast<const char*>(&v4.sin_addr), sizeof v4.sin_addr);
  }
  const auto& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  const char* bytes = reinterpret_cast<const char*>(&address);
  if (IN6_IS_ADDR_V4MAPPED(&address)) return std::string(bytes + 12, 4);
  return std::string(bytes, 8);
}

void SetPort(sockaddr_storage& address, int port) {
  const auto number = htons(static_cast<std::uint16_t>(port));
  if (address.ss_family == AF_INET) reinterpret_cast<sockaddr_in&>(address).sin_port = number;
  if (address.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6&>(address).sin6_port = number;
}

int PortOf(int listener) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  return ntohs(own.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(own).sin_port
                                        : reinterpret_cast<sockaddr_in6&>(own).sin6_port);
}

/// -1 if it cannot be had: `errno` says why. Addresses of every interface are those of IPv4, too.
int ListenAt(const sockaddr_storage& address, socklen_t size) {
  const int listener =
      socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (listener < 0) return -1;
  const int on = 1, off = 0;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (address.ss_family == AF_INET6)
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      listen(listener, SOMAXCONN) == 0)
    return listener;
  const int why = errno;
  close(listener);
  errno = why;
  return -1;
}

/// Of the files that may be open, a quarter is for what is no connection.
std::int64_t MostOpen(std::int64_t asked) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return asked;
  return std::min(asked, static_cast<std::int64_t>(files.rlim_cur / 4 * 3));
}

struct Address {
  sockaddr_storage at{};
  socklen_t size = 0;
};

std::vector<Address> Resolve(const char* host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  std::vector<Address> addresses;
  if (getaddrinfo(host, port.c_str(), &wanted, &found) != 0) return addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    Address address;
    std::memcpy(&address.at, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    // A hosts file may have it twice.
    const bool known = std::any_of(addresses.begin(), addresses.end(), [&](const Address& other) {
      return std::memcmp(&other.at, &address.at, sizeof address.at) == 0;
    });
    if (!known) addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

Result<std::unique_ptr<Connections>> Connections::Listen(const daemon::Endpoint& endpoint,
                                                         SharedQuotas quotas) {
  std::unique_ptr<Connections> made(new Connections(std::move(quotas)));
  const auto busy = [&] { return Fail("cannot listen on port " + endpoint.port); };
  const bool everywhere =
      endpoint.host.empty() || endpoint.host == "0.0.0.0" || endpoint.host == "::";
  // One socket for both families where there is IPv6.
  std::vector<Address> addresses =
      everywhere ? Resolve("::", endpoint.port) : Resolve(endpoint.host.c_str(), endpoint.port);
  if (everywhere)
    for (const Address& address : Resolve("0.0.0.0", endpoint.port)) addresses.push_back(address);
  for (Address& address : addresses) {
    if (made->port_ != 0) SetPort(address.at, made->port_);
    const int listener = ListenAt(address.at, address.size);
    // Another program's port at one of them is not shared with it; an address may be nobody's.
    if (listener < 0 && errno == EADDRINUSE && endpoint.port != "0") return busy();
    if (listener < 0) continue;
    made->listeners_.push_back(listener);
    made->port_ = PortOf(listener);
    if (everywhere) break;
  }
  made->stop_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made->listeners_.empty() || made->stop_ < 0) return busy();
  return made;
}

Connections::Connections(SharedQuotas quotas)
    : quotas_(std::move(quotas)), most_(MostOpen(quotas_->most(Quota::kConnections))) {}

Connections::~Connections() {
  const std::uint64_t one = 1;
  if (thread_.joinable()) {
    static_cast<void>(!write(stop_, &one, sizeof one));
    thread_.join();
  }
  for (const int listener : listeners_) close(listener);
  if (stop_ >= 0) close(stop_);
}

void Connections::Start(std::unique_ptr<Acceptor> acceptor) {
  acceptor_ = std::move(acceptor);
  thread_ = std::thread([this] { Run(); });
}

void Connections::Run() {
  std::vector<pollfd> waits{{stop_, POLLIN, 0}};
  for (const int listener : listeners_) waits.push_back({listener, POLLIN, 0});
  bool out_of_files = false;
  while (true) {
    // What cannot be taken would be told again and again.
    constexpr auto kLookMs = static_cast<int>(std::chrono::milliseconds(kLook).count());
    poll(waits.data(), out_of_files ? 1 : waits.size(), out_of_files ? kOutOfFilesMs : kLookMs);
    if (waits[0].revents != 0) return;
    ForgetClosed(kLook);
    out_of_files = false;
    for (const int listener : listeners_) out_of_files |= !TakeAll(listener);
  }
}

bool Connections::TakeAll(int listener) {
  // Of a flood, so many; then it is looked whether to stop, and what has been closed.
  for (int i = 0; i < 256; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int taken =
        accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (taken >= 0) {
      Take(listener, taken, HostOf(peer));
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
    }
  }
  return true;
}

void Connections::Take(int listener, int descriptor, const std::string& host) {
  struct stat found {};
  if (!HasPlace(host) || fstat(descriptor, &found) != 0) {
    close(descriptor);
    return;
  }
  open_.push_back({descriptor, found.st_ino, host});
  quotas_->Use(Quota::kConnections, static_cast<std::int64_t>(open_.size()));
  quotas_->Use(Quota::kConnectionsOfHost,
               std::max(quotas_->used(Quota::kConnectionsOfHost), ++of_host_[host]));
  Acceptor::NewConnectionParameters connection;
  connection.listener_fd = listener;
  connection.fd = descriptor;
  acceptor_->HandleNewConnection(&connection);
}

bool Connections::HasPlace(const std::string& host) {
  const auto full = [&] {
    if (static_cast<std::int64_t>(open_.size()) >= most_) return std::optional(Quota::kConnections);
    const auto known = of_host_.find(host);
    if (known != of_host_.end() && known->second >= quotas_->most(Quota::kConnectionsOfHost))
      return std::optional(Quota::kConnectionsOfHost);
    return std::optional<Quota>();
  };
  if (full()) ForgetClosed(kLookWhenFull);
  const auto reached = full();
  if (reached) quotas_->Reach(*reached);
  return !reached;
}

void Connections::ForgetClosed(std::chrono::milliseconds every) {
  // It looks at each: whoever connects again and again must not have it done each time.
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < every) return;
  looked_ = now;
  std::erase_if(open_, [](const Open& one) {
    struct stat found {};
    return fstat(one.descriptor, &found) != 0 || !S_ISSOCK(found.st_mode) ||
           found.st_ino != one.file;
  });
  of_host_.clear();
  std::int64_t most = 0;
  for (const Open& one : open_) most = std::max(most, ++of_host_[one.host]);
  quotas_->Use(Quota::kConnections, static_cast<std::int64_t>(open_.size()));
  quotas_->Use(Quota::kConnectionsOfHost, most);
}

}  // namespace loadctl::fleet
