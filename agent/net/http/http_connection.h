// HttpConnection: what a request runs on, whatever version of HTTP is spoken there.
// Not how it is made (agent/net/dial) nor which one is taken (agent/net/client). The worker's
// thread; several fibers may be inside one at once, as far as Room() lets them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/net/http/http_message.h"
#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// A connection to a server, for one request at a time (HTTP/1) or for many (HTTP/2).
class HttpConnection {
 public:
  /// How one request is to be sent.
  struct Terms {
    bool reused = false;             ///< the connection has carried a request before
    bool close = false;              ///< no other request shall follow on it
    bool cut_redirect_body = false;  ///< as Go: a redirect's body is only read if it is short
    bool may_repeat = true;          ///< kAgain is an answer; false: it was that too often
    /// When the connection was there: start of `sending`. A write that the loop held back for its
    /// turn begins later: that wait is the generator's.
    TimePoint ready{};
  };
  enum class Sent : std::uint8_t {
    kDone,   ///< the exchange has an outcome
    kAgain,  ///< nothing was done by the server, and Go would send it again on another connection
  };

  virtual ~HttpConnection() = default;

  /// Sends a request and reads its answer; parks until `wait` ends. The exchange has then all but
  /// what is known of the connection itself (`remote`, TLS). Bytes on the wire are those since
  /// the last exchange ended, so that none is lost: handshakes, tickets, frames of no stream.
  [[nodiscard]] virtual Sent Send(const Request& request, const Terms& terms, Wait& wait,
                                  Exchange& into) = 0;
  /// How many requests it takes besides those under way. Zero for good once it is to be closed.
  [[nodiscard]] virtual std::size_t Room() const = 0;
  /// Whether it still stands, asked when nothing is under way. `probe`: look at the socket even if
  /// the loop has heard of no news there; for requests that may not be sent twice.
  [[nodiscard]] virtual bool Alive(bool probe) = 0;
};

}  // namespace loadctl::net
