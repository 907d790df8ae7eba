#include "agent/modules/http/answer_stream.h"

#include <utility>

namespace loadctl::modules::http {
namespace {

/// The sending fiber's, whose waits end when the script reads no more.
class StreamParker final : public net::Parker {
 public:
  StreamParker(net::Parker& parker, const AnswerStream& stream)
      : parker_(parker), stream_(stream) {}
  void Park() override { parker_.Park(); }
  void Unpark() override { parker_.Unpark(); }
  bool Cancelled() const override { return stream_.closed() || parker_.Cancelled(); }

 private:
  net::Parker& parker_;
  const AnswerStream& stream_;
};

}  // namespace

void AnswerStream::Begin(const net::Exchange& exchange) {
  begun_ = true;
  status_ = exchange.status;
  exchange.AppendHead(head_);
  coding_ = exchange.Header("Content-Encoding");
  WakeReader();
}

bool AnswerStream::Take(std::string_view piece, net::TimePoint arrived) {
  if (piece.size() > kMostWaiting - waiting_bytes_) return false;
  waiting_bytes_ += piece.size();
  const net::Exchange& exchange = sent_.exchange;
  const net::TimePoint ready = exchange.started + exchange.timings.blocked;
  pieces_.push_back({std::string(piece), arrived - ready});
  WakeReader();
  return true;
}

void AnswerStream::Run(net::HttpClient& client, std::string_view user_agent, net::Parker& parker) {
  StreamParker own(parker, *this);
  sender_ = &own;
  sent_.Run(client, user_agent, own);
  sender_ = nullptr;
  ended_ = true;
  WakeReader();
}

void AnswerStream::WakeReader() {
  if (reader_waits_) vu_.parker().Unpark();
}

template <class Ready>
void AnswerStream::Await(Ready ready) {
  reader_waits_ = true;
  while (!ready() && !vu_.interrupted()) vu_.parker().Park();
  reader_waits_ = false;
}

void AnswerStream::AwaitHead() {
  Await([this] { return begun_ || ended_; });
}

std::optional<AnswerStream::Piece> AnswerStream::Next() {
  Await([this] { return !pieces_.empty() || ended_ || closed_; });
  if (pieces_.empty() || closed_) return std::nullopt;
  Piece piece = std::move(pieces_.front());
  pieces_.pop_front();
  waiting_bytes_ -= piece.bytes.size();
  piece.bytes.erase(0, std::exchange(taken_, 0));
  return piece;
}

std::optional<AnswerStream::Event> AnswerStream::NextEvent() {
  Event next;
  for (;;) {
    Await([this] { return !pieces_.empty() || ended_ || closed_; });
    if (pieces_.empty() || closed_ || events_.too_large()) return std::nullopt;
    const Piece& piece = pieces_.front();
    const auto taken = events_.Take(std::string_view(piece.bytes).substr(taken_), next.event);
    taken_ += taken.bytes;
    next.after = piece.after;
    if (taken_ == piece.bytes.size()) {
      waiting_bytes_ -= piece.bytes.size();
      pieces_.pop_front();
      taken_ = 0;
    }
    if (taken.event) return next;
  }
}

void AnswerStream::Close() {
  closed_ = true;
  if (sender_ != nullptr) sender_->Unpark();
  Await([this] { return ended_; });
}

int StreamStatus(Stream stream) { return stream->status(); }
std::string StreamHead(Stream stream) { return stream->head(); }
void CloseStream(Stream stream) { stream->Close(); }

}  // namespace loadctl::modules::http
