// Resolver: from a host name to the address to dial.
// Not a DNS protocol implementation: c-ares asks the system's name servers (system_lookup.h), on
// threads of the service. A Resolver is one worker's; the DnsService behind it is shared by all.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/dns/fence.h"
#include "agent/net/dns/system_lookup.h"
#include "agent/net/socket/address.h"
#include "agent/net/socket/failure.h"
#include "agent/net/socket/parker.h"

namespace boost::asio {
class io_context;
}

namespace loadctl::net {

/// What a look-up came to.
struct Resolution {
  bool found = false;
  Endpoint endpoint;   ///< if found
  Failure failure;     ///< if not
  bool asked = false;  ///< somebody had to be asked: no literal, no rule, not kept
};

/// Finds the endpoint to dial for a host and port of a URL.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Parks if it must ask. `host` without brackets; IP literals are answered at once. Failures:
  /// 1101 `lookup: no such host`, 1100 other, 1050, kCancelled; 1110 and 1111 from rules.
  [[nodiscard]] virtual Resolution Resolve(std::string_view host, std::uint16_t port,
                                           Wait& wait) = 0;
};

/// k6's `dns` option.
struct DnsOptions {
  enum class Select : std::uint8_t { kRandom, kFirst, kRoundRobin };
  enum class Policy : std::uint8_t { kPreferIpv4, kPreferIpv6, kOnlyIpv4, kOnlyIpv6, kAny };
  std::chrono::nanoseconds ttl = std::chrono::minutes(5);  ///< 0: no cache; negative: for ever
  Select select = Select::kRandom;
  Policy policy = Policy::kPreferIpv4;
};

/// Cache, selection and look-up threads, shared by the workers of a process. Thread-safe.
class DnsService final {
 public:
  using Lookup = std::function<LookupAnswer(const std::string& host)>;

  /// `lookup` runs on the service's own threads and may block. `threads` ≥ 1, started on demand.
  explicit DnsService(
      DnsOptions options,
      Lookup lookup = [](const std::string& host) { return SystemLookup(host); }, int threads = 4);
  /// Waits for running look-ups; every DnsResolver is gone by then.
  ~DnsService();
  DnsService(const DnsService&) = delete;
  DnsService& operator=(const DnsService&) = delete;

 private:
  friend class DnsResolver;
  struct State;
  std::shared_ptr<State> state_;
};

/// A worker's face of the DnsService: parks the fiber and is told on the worker's io_context.
class DnsResolver final : public Resolver {
 public:
  /// Both outlive it.
  DnsResolver(boost::asio::io_context& io, DnsService& service);
  ~DnsResolver() override;
  Resolution Resolve(std::string_view host, std::uint16_t port, Wait& wait) override;

 private:
  friend class DnsService;
  struct Anchor;
  DnsService& service_;
  std::shared_ptr<Anchor> anchor_;  ///< outlives this in answers under way
};

/// A table, for tests. Unknown names are 1101.
class FixedResolver final : public Resolver {
 public:
  explicit FixedResolver(std::map<std::string, IpAddress, std::less<>> table)
      : table_(std::move(table)) {}
  Resolution Resolve(std::string_view host, std::uint16_t port, Wait& wait) override;

 private:
  std::map<std::string, IpAddress, std::less<>> table_;
};

/// k6's `hosts`, `blockHostnames` and `blacklistIPs`, before and after another Resolver, and the
/// process's Fence after all of it.
class RuledResolver final : public Resolver {
 public:
  struct Target {
    IpAddress address;
    std::uint16_t port = 0;  ///< 0: the URL's
    std::string path{};      ///< of a Unix socket, in place of both
  };
  using Network = net::Network;
  struct Rules {
    /// `host:port` or `host`, lower case; `*.example.com` covers everything below.
    std::map<std::string, Target, std::less<>> hosts;
    std::vector<std::string> blocked;  ///< names or `*.name`; `*` blocks all
    std::vector<Network> blacklist;
  };
  /// `next` outlives it.
  RuledResolver(Rules rules, Resolver& next) : rules_(std::move(rules)), next_(next) {}
  Resolution Resolve(std::string_view host, std::uint16_t port, Wait& wait) override;

 private:
  Rules rules_;
  Resolver& next_;

  const Target* FindHost(std::string_view key) const;
  const std::string* FindBlocked(std::string_view host) const;
  Resolution Checked(Resolution resolution) const;
  static Resolution SocketOf(const Target& target);
};

}  // namespace loadctl::net
