#include "agent/net/dial/dialer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/net/proxy/tunnel.h"
#include "agent/net/socket/tcp_transport.h"

namespace loadctl::net {

using SteadyClock = std::chrono::steady_clock;

Dialed Dialer::Dial(const DialTarget& target, const DialOptions& options, Wait& wait) {
  Dialed dialed;
  if (target.proxy == nullptr) {
    Connect(target.host, target.port, options, wait, dialed);
  } else {
    ReachThrough(*target.proxy, target, options, wait, dialed);
  }
  if (target.tls && dialed.transport != nullptr) Secure(target, options, wait, dialed);
  return dialed;
}

void Dialer::Connect(std::string_view host, std::uint16_t port, const DialOptions& options,
                     Wait& wait, Dialed& dialed) {
  const TimePoint asked = SteadyClock::now();
  Resolution resolution = resolver_.Resolve(host, port, wait);
  if (resolution.asked) dialed.timings.looking_up = SteadyClock::now() - asked;
  if (!resolution.found) {
    dialed.failure = std::move(resolution.failure);
    return;
  }
  dialed.remote = resolution.endpoint;
  const TimePoint begun = SteadyClock::now();
  TcpTransport::DialResult tcp = TcpTransport::Dial(
      io_, dialed.remote, options.local.For(dialed.remote.address), begun + options.timeout, wait);
  if (tcp.transport == nullptr) {
    dialed.failure = std::move(tcp.failure);
    return;
  }
  dialed.ready = SteadyClock::now();
  dialed.remote = tcp.transport->remote();
  // A loop that a script keeps busy sees late that the handshake is over; the kernel does not.
  dialed.timings.connecting = std::min<std::chrono::nanoseconds>(
      dialed.ready - begun, tcp.round_trip.value_or(std::chrono::nanoseconds::max()));
  dialed.transport = std::move(tcp.transport);
}

void Dialer::ReachThrough(const Proxy& proxy, const DialTarget& target, const DialOptions& options,
                          Wait& wait, Dialed& dialed) {
  static constexpr std::string_view kHttp1[] = {"http/1.1"};
  Connect(proxy.host, proxy.port, options, wait, dialed);
  if (proxy.kind == Proxy::Kind::kHttps && dialed.transport != nullptr)
    Secure({proxy.host, proxy.port, true, kHttp1}, options, wait, dialed);
  if (dialed.transport == nullptr) {
    dialed.failure = ProxyUnreachable(std::move(dialed.failure));
    return;
  }
  if (target.forwarded) return;
  std::optional<Failure> failure = OpenTunnel(proxy, dialed.remote.ToString(), target.host,
                                              target.port, *dialed.transport, wait);
  dialed.session = {};  // that with the proxy
  dialed.ready = SteadyClock::now();
  if (!failure) return;
  dialed.failure = std::move(*failure);
  dialed.bytes_sent = dialed.transport->bytes_sent();
  dialed.bytes_received = dialed.transport->bytes_received();
  dialed.transport.reset();
}

void Dialer::Secure(const DialTarget& target, const DialOptions& options, Wait& wait,
                    Dialed& dialed) {
  auto tls =
      std::make_unique<TlsTransport>(tls_, target.host, target.protocols,
                                     std::move(dialed.transport), options.sessions, target.port);
  const TimePoint begun = dialed.ready;
  const IoStatus status = tls->Handshake(wait);
  if (status != IoStatus::kOk) {
    dialed.failure = status == IoStatus::kTimeout     ? RequestTimeout()
                     : status == IoStatus::kCancelled ? CancelledFailure()
                                                      : tls->failure();
    dialed.bytes_sent = tls->bytes_sent();
    dialed.bytes_received = tls->bytes_received();
    return;
  }
  dialed.ready = SteadyClock::now();
  dialed.timings.tls_handshaking += std::max<std::chrono::nanoseconds>(
      dialed.ready - begun - tls->late(), std::chrono::nanoseconds(0));
  dialed.session = tls->session();
  dialed.transport = std::move(tls);
}

}  // namespace loadctl::net
