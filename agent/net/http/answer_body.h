// AnswerBody: what becomes of the body of an answer: kept, counted, or left at the server.
// Not where it ends (that is the protocol's). Used by the kinds of HttpConnection; no thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/net/http/http_message.h"

namespace loadctl::net {

class AnswerBody {
 public:
  /// What is to happen after a piece.
  enum class Taken : std::uint8_t {
    kMore,
    kEnough,    ///< no more of it is read, as Go does with a redirect's; the exchange is complete
    kTooLarge,  ///< more than the request keeps; the exchange has failed: BodyTooLarge()
  };

  /// `cut_redirect`: leave a redirect's body if it is long. Both outlive it.
  AnswerBody(const Request& request, bool cut_redirect, Exchange& exchange)
      : request_(request), exchange_(exchange), cut_redirect_(cut_redirect) {}

  /// The head is complete; `length` is the one announced, if any. Asked for once, before a piece.
  [[nodiscard]] Taken Judge(std::optional<std::uint64_t> length);
  [[nodiscard]] bool judged() const { return judged_; }
  /// Whether a failure of this kind from here on leaves a complete answer: of a redirect that is
  /// followed, as with Go, nobody minds what becomes of it; nor of what nobody reads on.
  [[nodiscard]] bool MayBreakOff(Outcome failure) const {
    if (!judged_) return false;
    if (cut_redirect_) return failure != Outcome::kCancelled;
    return request_.sink != nullptr && request_.sink->closed();
  }
  /// Takes a piece of the body, before content decoding, that the kernel had at `arrived`.
  [[nodiscard]] Taken Take(std::string_view piece, TimePoint arrived);
  /// Takes content coding off what came, which may turn the outcome of the exchange. Of an answer
  /// that broke off (`failed`) as much as there is: k6 shows that, and calls it a failure of the
  /// coding only if not even the coding's own head was there.
  void Decode(bool failed);

 private:
  const Request& request_;
  Exchange& exchange_;
  std::uint64_t dropped_ = 0;
  bool cut_redirect_;
  bool judged_ = false;
  bool drop_ = false;
};

}  // namespace loadctl::net
