// From a connection to a proxy to one to the target behind it: CONNECT (RFC 9110, 9.3.6) and SOCKS5
// (RFC 1928, 1929), with the errors of Go's client as k6 shows them.
// Not which proxy (proxy_rules.h) nor the way to it (agent/net/dial). The worker's thread; a call
// parks the fiber.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/net/proxy/proxy_rules.h"
#include "agent/net/socket/failure.h"
#include "agent/net/socket/parker.h"
#include "agent/net/socket/transport.h"

namespace loadctl::net {

/// Has `proxy`, at the other end of `transport`, connect to a host and a port; from then on bytes
/// go through. `peer` is the proxy's `ip:port`, for messages. CONNECT may take a minute, as in Go,
/// and both no longer than `wait`. Nothing on success; a proxy that refuses is code 1000 with the
/// words of its status (CONNECT), or 1200 (SOCKS5).
[[nodiscard]] std::optional<Failure> OpenTunnel(const Proxy& proxy, std::string_view peer,
                                                std::string_view host, std::uint16_t port,
                                                Transport& transport, Wait& wait);

/// A failure on the way to the proxy, as Go wraps it: 1200 `proxyconnect tcp: ...`; a time-out is
/// k6's `request timeout`.
[[nodiscard]] Failure ProxyUnreachable(Failure failure);

}  // namespace loadctl::net
