#include "agent/net/dial/dialer.h"

#include <algorithm>
#include <utility>

#include "agent/net/socket/tcp_transport.h"

namespace loadctl::net {

using SteadyClock = std::chrono::steady_clock;

Dialed Dialer::Dial(const DialTarget& target, const DialOptions& options, Wait& wait) {
  Dialed dialed;
  Resolution resolution = resolver_.Resolve(target.host, target.port, wait);
  if (!resolution.found) {
    dialed.failure = std::move(resolution.failure);
    return dialed;
  }
  dialed.remote = resolution.endpoint;
  const TimePoint begun = SteadyClock::now();
  TcpTransport::DialResult tcp = TcpTransport::Dial(
      io_, dialed.remote, options.local.For(dialed.remote.address), begun + options.timeout, wait);
  if (tcp.transport == nullptr) {
    dialed.failure = std::move(tcp.failure);
    return dialed;
  }
  dialed.ready = SteadyClock::now();
  dialed.remote = tcp.transport->remote();
  // A loop that a script keeps busy sees late that the handshake is over; the kernel does not.
  dialed.timings.connecting = std::min<std::chrono::nanoseconds>(
      dialed.ready - begun, tcp.round_trip.value_or(std::chrono::nanoseconds::max()));
  dialed.transport = std::move(tcp.transport);
  if (target.tls) Secure(target, wait, dialed);
  return dialed;
}

void Dialer::Secure(const DialTarget& target, Wait& wait, Dialed& dialed) {
  auto tls = std::make_unique<TlsTransport>(tls_, target.host, target.protocols,
                                            std::move(dialed.transport));
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
  dialed.timings.tls_handshaking = std::max<std::chrono::nanoseconds>(
      dialed.ready - begun - tls->late(), std::chrono::nanoseconds(0));
  dialed.session = tls->session();
  dialed.transport = std::move(tls);
}

}  // namespace loadctl::net
