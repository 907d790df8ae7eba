#include "agent/net/dns/system_lookup.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

namespace loadctl::net {
namespace {

/// What c-ares 1.18 does not read of resolv.conf: its names for these options are its own.
struct Patience {
  int timeout_ms = 5000;  ///< of one query
  int attempts = 2;
};

Patience ReadPatience() {
  Patience patience;
  std::ifstream file("/etc/resolv.conf");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != "options") continue;
    while (words >> word) {
      const auto number = [&](std::string_view name, int most) {
        int value = 0;
        if (!word.starts_with(name)) return 0;
        const char* end = word.data() + word.size();
        if (std::from_chars(word.data() + name.size(), end, value).ptr != end) return 0;
        return std::clamp(value, 0, most);
      };
      if (const int seconds = number("timeout:", 30)) patience.timeout_ms = seconds * 1000;
      if (const int attempts = number("attempts:", 10)) patience.attempts = attempts;
    }
  }
  return patience;
}

class Channel {
 public:
  Channel(const std::string& servers, int flags) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    const Patience patience = ReadPatience();
    options.timeout = patience.timeout_ms;
    options.tries = patience.attempts;
    options.flags = flags;
    status_ = library != ARES_SUCCESS
                  ? library
                  : ares_init_options(&channel_, &options,
                                      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS);
    if (status_ == ARES_SUCCESS && !servers.empty())
      status_ = ares_set_servers_ports_csv(channel_, servers.c_str());
  }
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] ares_channel get() const { return channel_; }

  /// Waits for sockets and timers until `done`.
  void Run(const bool& done) const {
    while (!done) {
      std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
      const int mask = ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
      std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
      nfds_t count = 0;
      for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        short events = 0;
        if (ARES_GETSOCK_READABLE(mask, i)) events |= POLLIN;
        if (ARES_GETSOCK_WRITABLE(mask, i)) events |= POLLOUT;
        if (events != 0) polled[count++] = {sockets[static_cast<std::size_t>(i)], events, 0};
      }
      timeval longest{1, 0};
      timeval buffer{};
      const timeval* wait = ares_timeout(channel_, &longest, &buffer);
      const int ready = poll(polled.data(), count,
                             static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
      if (ready <= 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      for (nfds_t i = 0; ready > 0 && i < count && !done; ++i) {
        if (polled[i].revents == 0) continue;
        const bool in = (polled[i].revents & ~POLLOUT) != 0;
        const bool out = (polled[i].revents & POLLOUT) != 0;
        ares_process_fd(channel_, in ? polled[i].fd : ARES_SOCKET_BAD,
                        out ? polled[i].fd : ARES_SOCKET_BAD);
      }
    }
  }

 private:
  ares_channel channel_ = nullptr;
  int status_ = ARES_SUCCESS;
};

std::optional<IpAddress> ToAddress(const ares_addrinfo_node& node) {
  IpAddress address;
  if (node.ai_family == AF_INET) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(node.ai_addr)->sin_addr,
                4);
    return address;
  }
  if (node.ai_family != AF_INET6) return std::nullopt;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
  address.family = IpAddress::Family::kV6;
  address.scope = v6->sin6_scope_id;
  std::memcpy(address.bytes.data(), &v6->sin6_addr, 16);
  return address;
}

struct Lookup {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<IpAddress> addresses;

  static void OnAnswer(void* self, int status, int, ares_addrinfo* info) {
    auto& lookup = *static_cast<Lookup*>(self);
    lookup.done = true;
    lookup.status = status;
    if (info == nullptr) return;
    for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
      const auto address = ToAddress(*node);
      auto& all = lookup.addresses;
      if (address && std::find(all.begin(), all.end(), *address) == all.end())
        all.push_back(*address);
    }
    ares_freeaddrinfo(info);
  }
};

/// Go's words for what a name server did.
std::string Why(int status) {
  switch (status) {
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_ENOTIMP:
    case ARES_EFORMERR:
      return "server misbehaving";
    case ARES_ECONNREFUSED:
      return "connection refused";
    case ARES_EBADRESP:
      return "cannot unmarshal DNS message";
    default:
      return ares_strerror(status);
  }
}

/// ` on 127.0.0.53:53`: the first server that is asked.
std::string OnServer(ares_channel channel) {
  ares_addr_port_node* servers = nullptr;
  if (channel == nullptr || ares_get_servers_ports(channel, &servers) != ARES_SUCCESS) return "";
  std::string text;
  if (servers != nullptr) {
    Endpoint endpoint;
    constexpr int kDnsPort = 53;
    endpoint.port =
        static_cast<std::uint16_t>(servers->udp_port != 0 ? servers->udp_port : kDnsPort);
    if (servers->family == AF_INET6) {
      endpoint.address.family = IpAddress::Family::kV6;
      std::memcpy(endpoint.address.bytes.data(), &servers->addr.addr6, 16);
    } else {
      std::memcpy(endpoint.address.bytes.data(), &servers->addr.addr4, 4);
    }
    text = " on " + endpoint.ToString();
  }
  ares_free_data(servers);
  return text;
}

Failure LookupFailure(const std::string& host, ares_channel channel, int status) {
  if (status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME)
    return NoSuchHost(host);
  if (status == ARES_ETIMEOUT) return RequestTimeout();  // k6 calls every timeout that
  return {status == ARES_ENOMEM ? Outcome::kGeneratorError : Outcome::kTransportError,
          code::kDns,
          "lookup " + host + OnServer(channel) + ": " + Why(status),
          {}};
}

/// RFC 6724, 2.1: the default policy table.
int Precedence(const IpAddress& address) {
  if (address.family == IpAddress::Family::kV4) return 35;
  const auto& b = address.bytes;
  const bool zeros = std::all_of(b.begin(), b.begin() + 12, [](auto byte) { return byte == 0; });
  if (zeros && b[12] == 0 && b[13] == 0 && b[14] == 0 && b[15] == 1) return 50;
  if (b[0] == 0x20 && b[1] == 0x02) return 30;
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0) return 5;
  if ((b[0] & 0xfe) == 0xfc) return 3;
  if (zeros || (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) || (b[0] == 0x3f && b[1] == 0xfe)) return 1;
  return 40;
}

/// There is a route to it: connecting a datagram socket sends nothing.
bool IsReachable(const IpAddress& address) {
  const bool v4 = address.family == IpAddress::Family::kV4;
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  constexpr std::uint16_t kAnyPort = 9;
  if (v4) {
    auto& to = reinterpret_cast<sockaddr_in&>(storage);
    to.sin_family = AF_INET;
    to.sin_port = htons(kAnyPort);
    std::memcpy(&to.sin_addr, address.bytes.data(), 4);
  } else {
    auto& to = reinterpret_cast<sockaddr_in6&>(storage);
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(kAnyPort);
    to.sin6_scope_id = address.scope;
    std::memcpy(&to.sin6_addr, address.bytes.data(), 16);
    size = sizeof to;
  }
  const int socket = ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const bool reachable = connect(socket, reinterpret_cast<sockaddr*>(&storage), size) == 0;
  close(socket);
  return reachable;
}

}  // namespace

Failure NoSuchHost(std::string_view host) {
  return {Outcome::kTransportError, code::kNoSuchHost, "lookup: no such host",
          "lookup " + std::string(host) + ": no such host"};
}

void SortByPreference(std::vector<IpAddress>& addresses) {
  const bool all_v4 = std::all_of(addresses.begin(), addresses.end(), [](const IpAddress& a) {
    return a.family == IpAddress::Family::kV4;
  });
  if (all_v4) return;
  std::vector<std::pair<int, IpAddress>> ranked;
  for (const IpAddress& address : addresses)
    ranked.emplace_back(Precedence(address) + (IsReachable(address) ? 100 : 0), address);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::transform(ranked.begin(), ranked.end(), addresses.begin(),
                 [](const auto& each) { return each.second; });
}

namespace {

Lookup Ask(const Channel& channel, const std::string& host) {
  Lookup lookup;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, Lookup::OnAnswer, &lookup);
  channel.Run(lookup.done);
  return lookup;
}

}  // namespace

LookupAnswer SystemLookup(const std::string& host, const std::string& servers) {
  // Beyond ASCII is no host name; those that have another form have been given it.
  if (std::any_of(host.begin(), host.end(), [](unsigned char c) { return c >= 0x80; }))
    return {{}, NoSuchHost(host)};
  Channel channel(servers, 0);
  if (channel.status() != ARES_SUCCESS) return {{}, LookupFailure(host, nullptr, channel.status())};
  Lookup lookup = Ask(channel, host);
  if (lookup.addresses.empty()) {
    int status = lookup.status == ARES_SUCCESS ? ARES_ENODATA : lookup.status;
    if (status == ARES_ECONNREFUSED) {
      // c-ares also says so when every server answered that it will not; asked without a check of
      // the answer it gives that away.
      Channel unchecked(servers, ARES_FLAG_NOCHECKRESP);
      if (unchecked.status() == ARES_SUCCESS) status = Ask(unchecked, host).status;
    }
    return {{}, LookupFailure(host, channel.get(), status)};
  }
  SortByPreference(lookup.addresses);
  return {std::move(lookup.addresses), {}};
}

}  // namespace loadctl::net
