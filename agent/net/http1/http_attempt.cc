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

}  // namespace

bool Attempt::Ended() const {
  return failed_ || cut_ || reader_.state() == ResponseReader::State::kDone;
}

bool Attempt::reusable() const {
  return !failed_ && !cut_ && !leftover_ && written_ != TimePoint{} && reader_.keep_alive();
}

void Attempt::Fail(Failure failure) {
  if (failed_) return;
  if (body_.MayBreakOff(failure.outcome)) {
    cut_ = true;
    return;
  }
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
  if (reader_.state() == ResponseReader::State::kBody && !body_.judged())
    (void)Heed(body_.Judge(reader_.content_length()));
  if (reader_.state() != ResponseReader::State::kFailed || cut_) return;
  Fail(reader_.failure());
}

/// False: no more of the body is read.
bool Attempt::Heed(AnswerBody::Taken taken) {
  if (taken == AnswerBody::Taken::kEnough) cut_ = true;
  if (taken == AnswerBody::Taken::kTooLarge) Fail(BodyTooLarge(plan_.request.max_body));
  return taken == AnswerBody::Taken::kMore;
}

bool Attempt::Sink(void* self, std::string_view piece) {
  return static_cast<Attempt*>(self)->Take(piece);
}

bool Attempt::Take(std::string_view piece) {
  if (!body_.judged() && !Heed(body_.Judge(reader_.content_length()))) return false;
  return !cut_ && !failed_ && Heed(body_.Take(piece, last_byte_));
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
  if (exchange_.head_complete) body_.Decode(failed_);
  if (exchange_.status == 101 && exchange_.outcome == Outcome::kResponse) {
    exchange_.failure =
        OtherFailure("unsupported response status: " + std::string(exchange_.StatusText()));
    exchange_.outcome = Outcome::kTransportError;
  } else if (exchange_.outcome != Outcome::kResponse) {
    exchange_.status = 0;
    exchange_.headers.clear();
  }
}

}  // namespace loadctl::net
