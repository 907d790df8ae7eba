// Attempt: one request sent and one answer read by HTTP/1.1.
// Not for anything but Http1Connection. The worker's thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/net/http/answer_body.h"
#include "agent/net/http/http_message.h"
#include "agent/net/http1/http1_parser.h"
#include "agent/net/http1/known_heads.h"
#include "agent/net/socket/transport.h"

namespace loadctl::net {

/// One try. Fills the exchange; full duplex, so that a server may answer while it is still sent to.
class Attempt {
 public:
  struct Plan {
    Transport& transport;
    const Request& request;
    std::span<char> scratch;
    KnownHeads& known_heads;
    bool cut_redirect_body = false;
    /// When the connection was ready: start of `sending`. A write that the loop held back for its
    /// turn begins later: that wait is the generator's.
    TimePoint ready{};
  };
  Attempt(const Plan& plan, Wait& wait, Exchange& exchange)
      : plan_(plan),
        wait_(wait),
        exchange_(exchange),
        body_(plan.request, plan.cut_redirect_body, exchange) {}

  /// Sends `head` and the body and reads the answer.
  void Run(std::string_view head);
  /// The connection was dead before a byte of an answer came: another may do better.
  [[nodiscard]] bool died_untouched() const { return died_ && reader_.untouched(); }
  /// The connection may carry another request.
  [[nodiscard]] bool reusable() const;

 private:
  Plan plan_;
  Wait& wait_;
  Exchange& exchange_;
  ResponseReader reader_;
  AnswerBody body_;
  QueuedWrite write_;
  TimePoint written_{};
  TimePoint first_byte_{};
  TimePoint last_byte_{};
  bool queued_ = false;  ///< `write_` is with the transport
  bool failed_ = false;
  bool died_ = false;      ///< failed by the peer's closing or resetting
  bool leftover_ = false;  ///< bytes beyond the answer
  bool cut_ = false;       ///< left the rest of a redirect's body
  bool full_ = false;      ///< the last read filled its buffer

  [[nodiscard]] bool Ended() const;
  void Fail(Failure failure);
  bool WriteAll();
  bool WriteFailed();
  bool FinishQueued();
  bool WaitToWrite();
  void ReadAll();
  IoStatus Pull();
  void AfterFeed();
  bool Heed(AnswerBody::Taken taken);
  bool Take(std::string_view piece);
  static bool Sink(void* self, std::string_view piece);
  void Conclude();
};

}  // namespace loadctl::net
