// SystemLookup: the addresses of a host as this system's files and name servers give them.
// Not a cache and not a choice (resolver.h). Blocks; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/net/socket/address.h"
#include "agent/net/socket/failure.h"

namespace loadctl::net {

/// Answer of the system: addresses, or the failure.
struct LookupAnswer {
  std::vector<IpAddress> addresses;
  Failure failure;  ///< if there are no addresses
};

/// Looks in the hosts file and asks the name servers, in the order of nsswitch.conf, by
/// resolv.conf.
///
/// As Go's own resolver, addresses come in the order in which the name server gave them, so that
/// one that rotates its answers spreads the load; only what cannot be reached from here, and then
/// what RFC 6724 prefers less, is put behind (getaddrinfo() also sorts IPv4 by longest prefix, its
/// rule 9, and always puts the same one first). Failures: 1101 `lookup: no such host`, 1050 if no
/// server answers, 1100 other.
/// `servers` (`127.0.0.1:5353`), if given, are asked instead of the system's.
[[nodiscard]] LookupAnswer SystemLookup(const std::string& host, const std::string& servers = "");

/// 1101 `lookup: no such host`.
[[nodiscard]] Failure NoSuchHost(std::string_view host);

/// Puts unreachable addresses behind reachable ones, and the less preferred behind the preferred;
/// otherwise keeps the order.
void SortByPreference(std::vector<IpAddress>& addresses);

}  // namespace loadctl::net
