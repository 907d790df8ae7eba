#include "agent/net/http1/http1_connection.h"

#include <span>
#include <utility>

#include "agent/net/http1/http1_writer.h"
#include "agent/net/http1/http_attempt.h"

namespace loadctl::net {
namespace {

constexpr std::size_t kKeptHead = 4 * 1024;

}  // namespace

HttpConnection::Sent Http1Connection::Send(const Request& request, const Terms& terms, Wait& wait,
                                           Exchange& into) {
  WriteRequestHead(
      request,
      {terms.close, forwarding_.has_value(), forwarding_ ? *forwarding_ : std::string_view()},
      head_);
  Attempt attempt({*transport_, request, memory_.scratch, memory_.known_heads,
                   terms.cut_redirect_body, terms.ready},
                  wait, into);
  busy_ = true;
  attempt.Run(head_);
  busy_ = false;
  usable_ = attempt.reusable() && !terms.close && !WantsClose(request);
  into.bytes_sent +=
      transport_->bytes_sent() - std::exchange(bytes_sent_, transport_->bytes_sent());
  into.bytes_received +=
      transport_->bytes_received() - std::exchange(bytes_received_, transport_->bytes_received());
  if (head_.capacity() > kKeptHead) head_ = std::string();
  const bool again = terms.reused && attempt.died_untouched() && IsReplayable(request);
  return again && terms.may_repeat ? Sent::kAgain : Sent::kDone;
}

bool Http1Connection::Alive(bool probe) {
  if (!usable_) return false;
  if (!probe && !transport_->Stirred()) return true;
  // The server closed it, or sent what nobody asked for; a TLS ticket is neither.
  return transport_->TryRead(std::span(memory_.scratch).first(1)).status == IoStatus::kWouldBlock;
}

}  // namespace loadctl::net
