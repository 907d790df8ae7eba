#include "common/daemon/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>

namespace loadctl::daemon {
namespace {

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  int port = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    port = 10 * port + (digit - '0');
  }
  return port <= 65535;
}

}  // namespace

Result<Endpoint> ParseEndpoint(std::string_view address) {
  const std::string shown = "\"" + std::string(address) + "\"";
  Endpoint endpoint;
  if (address.starts_with("unix:")) {
    endpoint.path = address.substr(5);
    if (endpoint.path.empty()) return Fail("the address " + shown + " has no path");
    return endpoint;
  }
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || !IsPort(address.substr(colon + 1)))
    return Fail("the address " + shown + " is not host:port, [v6 address]:port or unix:/path");
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Fail("the address " + shown + " needs brackets around its host: [v6 address]:port");
  }
  const bool odd = std::any_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '"' || c == 0x7f;
  });
  if (host.empty() || odd) return Fail("the address " + shown + " has no valid host");
  endpoint.host = host;
  endpoint.port = address.substr(colon + 1);
  return endpoint;
}

bool IsLocal(const Endpoint& endpoint) {
  if (!endpoint.path.empty() || endpoint.host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, endpoint.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, endpoint.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace loadctl::daemon
