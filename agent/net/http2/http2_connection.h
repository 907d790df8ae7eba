// Http2Connection: HTTP/2 on a Transport by nghttp2: many requests at once.
// Not how it came to be chosen (ALPN, agent/net/client). The worker's thread: fibers send, the
// event loop reads and wakes those whose answers are complete.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_connection.h"
#include "agent/net/http2/http2_request.h"
#include "agent/net/socket/failure.h"
#include "agent/net/socket/transport.h"

struct nghttp2_session;

namespace loadctl::net {

/// What the server said when it went away.
struct Http2GoAway {
  std::int32_t last_stream = 0;
  std::uint32_t code = 0;
  std::string debug;
};

class Http2Connection final : public HttpConnection, private TransportListener {
 public:
  /// Sends the preface and Go's settings with the first request. `scratch` is a buffer for the time
  /// of one read, and outlives it.
  Http2Connection(std::unique_ptr<Transport> transport, std::vector<char>& scratch);
  ~Http2Connection() override;
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  Sent Send(const Request& request, const Terms& terms, Wait& wait, Exchange& into) override;
  std::size_t Room() const override;
  bool Alive(bool probe) override;

 private:
  struct Stream;
  friend struct Http2Callbacks;
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const;
  };

  std::unique_ptr<Transport> transport_;
  std::vector<char>& scratch_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  Http2Request fields_;                    ///< of the request being submitted
  std::string out_;                        ///< frames that the transport has not taken yet
  Stream* streams_ = nullptr;              ///< under way, a list on the stacks of their fibers
  std::size_t open_ = 0;                   ///< their number
  bool held_ = false;                      ///< some of them wait for the end of the loop's turn
  std::optional<Http2GoAway> going_away_;  ///< takes no more requests
  bool retiring_ = false;                  ///< a request was to be its last
  std::optional<Failure> dead_;            ///< why it is of no more use
  TimePoint arrived_{};                    ///< of what is being read
  TimePoint alarm_ = TimePoint::max();
  std::optional<Failure> own_error_;  ///< of a GOAWAY of ours: the peer broke the protocol
  Stream* in_trailers_ = nullptr;     ///< whose trailers began last
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;

  void OnTransport() override;
  TimePoint OnTurn(TimePoint now) override;
  bool Submit(Stream& stream);
  void Begin(TimePoint now);
  void Read();
  [[nodiscard]] Failure EndOf(IoStatus status) const;
  void Flush();
  bool Write();
  void Die(Failure failure);
  void Wake(Stream& stream);
  void Abandon(Stream& stream, Failure failure);
  void CheckDeadlines();
  void Conclude(Stream& stream);
};

}  // namespace loadctl::net
