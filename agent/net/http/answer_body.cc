#include "agent/net/http/answer_body.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/net/http/content_decoder.h"

namespace loadctl::net {
namespace {

/// Go reads this much of a redirect's body to keep the connection.
constexpr std::uint64_t kRedirectBody = 2 * 1024;
constexpr std::uint64_t kMaxReserve = 1 << 20;

}  // namespace

AnswerBody::Taken AnswerBody::Judge(std::optional<std::uint64_t> length) {
  judged_ = true;
  drop_ = request_.body_mode == BodyMode::kDiscard;
  const int status = exchange_.status;
  const bool redirects =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (cut_redirect_ && redirects && !exchange_.Header("Location").empty()) {
    drop_ = true;
    return !length || *length <= kRedirectBody ? Taken::kMore : Taken::kEnough;
  }
  cut_redirect_ = false;
  if (request_.sink != nullptr) {
    request_.sink->Begin(exchange_);
    return request_.sink->closed() ? Taken::kEnough : Taken::kMore;
  }
  // What a server says it will send is not believed: only what comes counts.
  if (!drop_ && length)
    exchange_.body.reserve(static_cast<std::size_t>(std::min(*length, kMaxReserve)));
  return Taken::kMore;
}

AnswerBody::Taken AnswerBody::Take(std::string_view piece, TimePoint arrived) {
  if (drop_) {
    dropped_ += piece.size();
    return cut_redirect_ && dropped_ > kRedirectBody ? Taken::kEnough : Taken::kMore;
  }
  if (request_.sink != nullptr) {
    if (request_.sink->closed()) return Taken::kEnough;
    if (request_.sink->Take(piece, arrived)) return Taken::kMore;
    drop_ = true;
    return Taken::kTooLarge;
  }
  if (piece.size() > request_.max_body - exchange_.body.size()) {
    exchange_.body = std::string();
    drop_ = true;
    return Taken::kTooLarge;
  }
  exchange_.body.append(piece);
  return Taken::kMore;
}

void AnswerBody::Decode(bool failed) {
  if (!judged_) (void)Judge(std::nullopt);
  if (drop_ || request_.sink != nullptr) return;
  const int status = exchange_.status;
  // The answer to HEAD tells of a coding, and has no body that was coded (k6 fails it for that).
  if (status < 200 || status == 204 || status == 304 || request_.method == "HEAD") return;
  const std::string_view coding = exchange_.Header("Content-Encoding");
  if (coding.empty()) return;
  std::optional<Failure> failure = DecodeContent(coding, request_.max_body, exchange_.body);
  if (!failure) return;
  if (failed) {
    const bool cut = exchange_.failure.text == UnexpectedEof().text;
    if (!cut || failure->code != code::kDecompression || !exchange_.body.empty()) return;
    failure->text = "error decompressing response body (unexpected EOF)";
  }
  exchange_.outcome = failure->outcome;
  exchange_.failure = std::move(*failure);
}

}  // namespace loadctl::net
