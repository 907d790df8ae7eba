#include "agent/net/socket/pipe_transport.h"

#include <algorithm>
#include <chrono>

namespace loadctl::net {

std::pair<std::unique_ptr<PipeTransport>, std::unique_ptr<PipeTransport>> PipeTransport::Make(
    std::size_t capacity) {
  auto a = std::make_unique<PipeTransport>();
  auto b = std::make_unique<PipeTransport>();
  a->in_ = b->out_ = std::make_shared<Direction>();
  a->out_ = b->in_ = std::make_shared<Direction>();
  a->in_->capacity = a->out_->capacity = capacity;
  return {std::move(a), std::move(b)};
}

PipeTransport::~PipeTransport() { Close(); }

void PipeTransport::Wake(Parker*& parker) {
  if (parker == nullptr) return;
  Parker* const waiting = parker;
  parker = nullptr;
  waiting->Unpark();
}

void PipeTransport::TellReader(Direction& direction) {
  Wake(direction.reader);
  if (direction.listener != nullptr) direction.listener->OnTransport();
}

void PipeTransport::Finish() {
  out_->finished = true;
  TellReader(*out_);
}

void PipeTransport::Reset() {
  for (Direction* direction : {in_.get(), out_.get()}) {
    direction->reset = true;
    TellReader(*direction);
    Wake(direction->writer);
  }
}

std::string_view PipeTransport::Peek() const { return in_->bytes; }

ReadResult PipeTransport::TryRead(std::span<char> into) {
  const TimePoint now = std::chrono::steady_clock::now();
  if (closed_ || in_->reset) {
    failure_ = SocketFailure("read", ECONNRESET, "pipe", "pipe");
    return {IoStatus::kFailed, 0, now};
  }
  const std::size_t bytes = std::min({into.size(), in_->bytes.size(), read_limit_});
  if (bytes == 0) return {in_->finished ? IoStatus::kEof : IoStatus::kWouldBlock, 0, now};
  std::copy_n(in_->bytes.data(), bytes, into.data());
  in_->bytes.erase(0, bytes);
  received_ += bytes;
  Wake(in_->writer);
  return {IoStatus::kOk, bytes, now, !Stirred()};
}

WriteResult PipeTransport::TryWrite(std::span<const std::string_view> parts) {
  if (closed_ || out_->reset) {
    failure_ = SocketFailure("write", EPIPE, "pipe", "pipe");
    return {IoStatus::kFailed, 0};
  }
  std::size_t accepted = 0;
  for (std::string_view part : parts) {
    part = part.substr(0, out_->capacity - std::min(out_->capacity, out_->bytes.size()));
    out_->bytes += part;
    accepted += part.size();
  }
  sent_ += accepted;
  if (accepted != 0) TellReader(*out_);
  return {accepted != 0 ? IoStatus::kOk : IoStatus::kWouldBlock, accepted};
}

bool PipeTransport::Stirred() const {
  return closed_ || in_->reset || in_->finished || !in_->bytes.empty();
}

IoStatus PipeTransport::WaitFor(Interest interest, Wait& wait) {
  const bool read = interest != Interest::kWrite;
  const bool write = interest != Interest::kRead;
  const auto ready = [&] {
    return closed_ || out_->reset || (read && Stirred()) ||
           (write && out_->bytes.size() < out_->capacity);
  };
  IoStatus status = IoStatus::kOk;
  while (!ready()) {
    // No timers here: a deadline counts when something else wakes the fiber.
    if (wait.Cancelled()) status = IoStatus::kCancelled;
    if (std::chrono::steady_clock::now() >= wait.deadline) status = IoStatus::kTimeout;
    if (status != IoStatus::kOk) break;
    if (read) in_->reader = &wait.parker;
    if (write) out_->writer = &wait.parker;
    wait.parker.Park();
  }
  if (read) in_->reader = nullptr;
  if (write) out_->writer = nullptr;
  return status;
}

void PipeTransport::Close() {
  if (closed_) return;
  closed_ = true;
  out_->finished = true;
  TellReader(*out_);
  Wake(in_->writer);
  Wake(in_->reader);
}

}  // namespace loadctl::net
