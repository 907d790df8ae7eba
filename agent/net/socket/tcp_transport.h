// TcpTransport: a Transport over a TCP or Unix socket, with the kernel's receive stamps.
// Not for names (resolver.h) or TLS (tls_transport.h). The thread that runs the io_context.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "agent/net/socket/address.h"
#include "agent/net/socket/transport.h"

namespace boost::asio {
class io_context;
}

namespace loadctl::net {

class SocketWatch;

/// A connected TCP socket: non-blocking, TCP_NODELAY, TCP keep-alive of 30 s as Go's.
///
/// To a Unix socket it is the same without TCP's options; the kernel stamps nothing there.
///
/// Receive stamps are SO_TIMESTAMPING software stamps, mapped from CLOCK_REALTIME to the steady
/// clock at each read; where the kernel gives none, the time of the read. The io_context must
/// outlive it. Destroying it closes the socket.
class TcpTransport final : public Transport {
 public:
  struct DialResult;

  /// Connects; parks until connected, `wait.deadline` or `dial_deadline`, whichever is first:
  /// the former is k6's `request timeout` (1050), the latter `dial: i/o timeout` (1211).
  /// `local`: address to bind to (k6's localIPs).
  [[nodiscard]] static DialResult Dial(boost::asio::io_context& io, const Endpoint& remote,
                                       const std::optional<IpAddress>& local,
                                       TimePoint dial_deadline, Wait& wait);
  /// Takes over a connected socket.
  TcpTransport(boost::asio::io_context& io, int socket, const Endpoint& remote);
  ~TcpTransport() override;
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  ReadResult TryRead(std::span<char> into) override;
  WriteResult TryWrite(std::span<const std::string_view> parts) override;
  bool Queue(QueuedWrite& write) override;
  void Unqueue() override;
  IoStatus WaitFor(Interest interest, Wait& wait) override;
  void Listen(TransportListener* listener) override;
  bool QueueTurn(TimePoint now, Company company) override;
  void SetAlarm(TimePoint when) override;
  bool Stirred() const override;
  void Close() override;
  const Failure& failure() const override { return failure_; }
  std::uint64_t bytes_received() const override { return received_; }
  std::uint64_t bytes_sent() const override { return sent_; }

  [[nodiscard]] const Endpoint& remote() const { return remote_; }

 private:
  struct Dropper {
    void operator()(SocketWatch* watch) const;
  };

  int socket_ = -1;
  Endpoint remote_;
  std::unique_ptr<SocketWatch, Dropper> watch_;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  Failure failure_;

  void Fail(std::string_view operation, int error_number);
};

/// What Dial() came to: a connection, or why not.
struct TcpTransport::DialResult {
  std::unique_ptr<TcpTransport> transport;  ///< null: see failure
  Failure failure;
  /// How long the handshake took by the kernel's clock, if it knows.
  std::optional<std::chrono::nanoseconds> round_trip{};
};

}  // namespace loadctl::net
