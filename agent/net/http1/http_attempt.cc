#include "agent/net/http1/http_attempt.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "agent/net/http/content_decoder.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// The first read is small: the kernel's stamp is that of the last segment read, and the first
/// byte's is wanted.
constexpr std::size_t kFirstRead = 8 * 1024;
/// Reads in a row without going through the event loop, so that other fibers get their turn.
constexpr int kReadsInARow = 16;
/// Go reads this much of a redirect's body to keep the connection.
constexpr std::uint64_t kRedirectBody = 2 * 1024;
constexpr std::uint64_t kMaxReserve = 1 << 20;

}  // namespace

bool Attempt::Ended() const {
  return failed_ || cut_ || reader_.state() == ResponseReader::State::kDone;
}

bool Attempt::reusable() const {
  return !failed_ && !cut_ && !leftover_ && written_ != TimePoint{} && reader_.keep_alive();
}

void Attempt::Fail(Failure failure) {
  if (failed_) return;
  failed_ = true;
  exchange_.outcome = failure.outcome;
  exchange_.failure = std::move(failure);
}

void Attempt::Run(std::string_view head) {
  reader_.Start(plan_.request.method, exchange_, Sink, this, &plan_.known_heads);
  write_.parts = {head, plan_.request.body};
  write_.queued = plan_.ready;
  queued_ = plan_.transport.Queue(write_);
  if (queued_ || WriteAll()) ReadAll();
  Conclude();
}

/// Writes what is left, without a turn's delay.
bool Attempt::WriteAll() {
  auto& parts = write_.parts;
  while (!parts[0].empty() || !parts[1].empty()) {
    const WriteResult result = plan_.transport.TryWrite(parts);
    if (result.status == IoStatus::kOk) {
      const std::size_t first = std::min(parts[0].size(), result.bytes);
      parts[0].remove_prefix(first);
      parts[1].remove_prefix(result.bytes - first);
      continue;
    }
    if (result.status != IoStatus::kWouldBlock) return WriteFailed();
    if (!WaitToWrite()) return false;
  }
  written_ = SteadyClock::now();
  return true;
}

/// A server may answer and close before it has read everything: the answer counts.
bool Attempt::WriteFailed() {
  const Failure failure = plan_.transport.failure();
  while (!Ended() && Pull() == IoStatus::kOk) {
  }
  // That the peer went is all that the write knows; an alert says why.
  if (failed_ && IsAlert(exchange_.failure)) return false;
  if (failed_ ? reader_.untouched() : !Ended()) {
    failed_ = false;
    died_ = true;
    Fail(failure);
  }
  return false;
}

/// Looks what became of the queued write, and writes what it left. False: nothing more to read.
/// The time it was held back is no part of the exchange nor of its timeout.
bool Attempt::FinishQueued() {
  queued_ = false;
  plan_.transport.Unqueue();
  if (!write_.tried) write_.began = SteadyClock::now();
  plan_.ready = std::max(plan_.ready, write_.began);
  if (wait_.deadline != TimePoint::max()) wait_.deadline += write_.began - write_.queued;
  if (write_.status == IoStatus::kFailed) return WriteFailed();
  if (write_.status != IoStatus::kOk) return WriteAll();
  written_ = write_.ended;
  return true;
}

/// The peer takes no more for now. Reads what it sends meanwhile: it may be waiting for that.
bool Attempt::WaitToWrite() {
  const IoStatus waited = plan_.transport.WaitFor(Interest::kEither, wait_);
  if (waited == IoStatus::kCancelled) Fail(CancelledFailure());
  if (failed_) return false;
  const IoStatus pulled = Pull();
  if (waited == IoStatus::kTimeout && pulled == IoStatus::kWouldBlock) Fail(RequestTimeout());
  return !Ended();
}

void Attempt::ReadAll() {
  int in_a_row = 0;
  while (!Ended()) {
    IoStatus waited = IoStatus::kOk;
    if (!full_ || ++in_a_row > kReadsInARow) {
      in_a_row = 0;
      waited = plan_.transport.WaitFor(Interest::kRead, wait_);
      if (waited == IoStatus::kCancelled) {
        if (queued_) plan_.transport.Unqueue();
        return Fail(CancelledFailure());
      }
    }
    if (queued_) {
      if (!FinishQueued()) return;
      // Ended by the write's failure, or by the deadline before it was moved.
      if (waited == IoStatus::kTimeout || write_.status != IoStatus::kOk) continue;
    }
    const IoStatus pulled = Pull();
    // The socket was read once more after the timer: what came in time is no timeout.
    if (waited == IoStatus::kTimeout && pulled == IoStatus::kWouldBlock) Fail(RequestTimeout());
  }
}

IoStatus Attempt::Pull() {
  const bool first = first_byte_ == TimePoint{};
  const std::span<char> into =
      first ? plan_.scratch.first(std::min(kFirstRead, plan_.scratch.size())) : plan_.scratch;
  const ReadResult result = plan_.transport.TryRead(into);
  full_ = result.bytes == into.size();
  switch (result.status) {
    case IoStatus::kOk: {
      if (result.arrived > wait_.deadline) {
        Fail(RequestTimeout());
        break;
      }
      if (first) first_byte_ = result.arrived;
      last_byte_ = result.arrived;
      const std::size_t taken = reader_.Feed({into.data(), result.bytes});
      leftover_ = taken < result.bytes;
      AfterFeed();
      break;
    }
    case IoStatus::kEof:
      last_byte_ = SteadyClock::now();
      died_ = true;
      reader_.Finish();
      if (reader_.state() == ResponseReader::State::kFailed) Fail(reader_.failure());
      break;
    case IoStatus::kFailed:
      died_ = true;
      Fail(plan_.transport.failure());
      break;
    default:
      break;
  }
  return result.status;
}

void Attempt::AfterFeed() {
  if (reader_.state() == ResponseReader::State::kBody && !judged_ && !JudgeHead()) cut_ = true;
  if (reader_.state() != ResponseReader::State::kFailed || cut_) return;
  Fail(reader_.failure());
}

/// Decides what becomes of the body once the head is known; false: leave it.
bool Attempt::JudgeHead() {
  judged_ = true;
  drop_ = plan_.request.body_mode == BodyMode::kDiscard;
  const auto length = reader_.content_length();
  const int status = exchange_.status;
  const bool redirects =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (plan_.cut_redirect_body && redirects && !exchange_.Header("Location").empty()) {
    drop_ = true;
    return !length || *length <= kRedirectBody;
  }
  plan_.cut_redirect_body = false;
  if (drop_ || !length || reader_.state() != ResponseReader::State::kBody) return true;
  // What a server says it will send is not believed: only what comes counts.
  exchange_.body.reserve(static_cast<std::size_t>(std::min(*length, kMaxReserve)));
  return true;
}

bool Attempt::Sink(void* self, std::string_view piece) {
  return static_cast<Attempt*>(self)->Take(piece);
}

bool Attempt::Take(std::string_view piece) {
  if (!judged_ && !JudgeHead()) cut_ = true;
  if (cut_ || failed_) return false;
  if (drop_) {
    dropped_ += piece.size();
    cut_ = plan_.cut_redirect_body && dropped_ > kRedirectBody;
    return !cut_;
  }
  if (piece.size() > plan_.request.max_body - exchange_.body.size()) {
    exchange_.body = std::string();
    drop_ = true;
    Fail(BodyTooLarge(plan_.request.max_body));
    return false;
  }
  exchange_.body.append(piece);
  return true;
}

void Attempt::Conclude() {
  exchange_.ended = failed_ ? SteadyClock::now() : last_byte_;
  Timings& timings = exchange_.timings;
  const Timings::Duration none{};
  if (written_ != TimePoint{}) {
    // An answer may arrive before the last write has returned: no time counts twice.
    if (first_byte_ != TimePoint{}) written_ = std::min(written_, first_byte_);
    timings.sending = std::max(none, Timings::Duration(written_ - plan_.ready));
    const TimePoint answered = first_byte_ != TimePoint{} ? first_byte_ : exchange_.ended;
    timings.waiting = std::max(none, Timings::Duration(answered - written_));
  }
  if (first_byte_ != TimePoint{}) {
    timings.receiving = std::max(none, Timings::Duration(exchange_.ended - first_byte_));
  }
  if (!failed_) exchange_.outcome = Outcome::kResponse;
  if (exchange_.head_complete) DecodeBody();
  if (exchange_.status == 101 && exchange_.outcome == Outcome::kResponse) {
    exchange_.failure =
        OtherFailure("unsupported response status: " + std::string(exchange_.StatusText()));
    exchange_.outcome = Outcome::kTransportError;
  } else if (exchange_.outcome != Outcome::kResponse) {
    exchange_.status = 0;
    exchange_.headers.clear();
  }
}

/// Decodes what came. Of an answer that broke off, as much as there is: k6 shows that, and calls it
/// a failure of the coding only if not even the coding's own head was there.
void Attempt::DecodeBody() {
  if (!judged_) (void)JudgeHead();
  if (drop_) return;
  const int status = exchange_.status;
  if (status < 200 || status == 204 || status == 304) return;
  const std::string_view coding = exchange_.Header("Content-Encoding");
  if (coding.empty()) return;
  std::optional<Failure> failure = DecodeContent(coding, plan_.request.max_body, exchange_.body);
  if (!failure) return;
  if (failed_) {
    const bool cut = exchange_.failure.text == UnexpectedEof().text;
    if (!cut || failure->code != code::kDecompression || !exchange_.body.empty()) return;
    failure->text = "error decompressing response body (unexpected EOF)";
  }
  exchange_.outcome = failure->outcome;
  exchange_.failure = std::move(*failure);
}

}  // namespace loadctl::net
