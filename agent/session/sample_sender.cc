#include "agent/session/sample_sender.h"

#include <utility>

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kMostBytes = std::size_t{32} << 20;
constexpr std::size_t kMostUnacknowledged = 8;  // messages: half a megabyte, mostly
constexpr auto kSendEvery = 50ms;
constexpr auto kEndPatience = 5s;
constexpr int kTicksAFlush = 4;

}  // namespace

SampleSender::SampleSender(vu::Loop& conductor, AgentLink& link)
    : conductor_(conductor), link_(link), queue_(kMostBytes), timer_([this] { Tick(); }) {}

SampleSender::~SampleSender() { conductor_.Disarm(timer_); }

void SampleSender::Start() {
  conductor_.Arm(timer_, std::chrono::steady_clock::now() + kSendEvery);
}

void SampleSender::Tick() {
  const bool empty = SendSome();
  const auto now = std::chrono::steady_clock::now();
  if (done_ && (empty || now >= deadline_)) {
    dropped_ += queue_.Clear();
    Send(metrics::EndOfSamples(sent_, dropped_));
    return std::exchange(done_, nullptr)();
  }
  if (!done_ && ++ticks_ % kTicksAFlush == 0)
    for (const auto& flush : flushes_) flush();
  conductor_.Arm(timer_, now + (done_ ? kSendEvery / 10 : kSendEvery));
}

// True if nothing waits any more.
bool SampleSender::SendSome() {
  for (std::size_t waiting = link_.Backlog(); waiting < kMostUnacknowledged; ++waiting) {
    auto chunk = queue_.Pop();
    if (!chunk) return true;
    sent_ += chunk->samples;
    Send(std::move(chunk->bytes));
  }
  return false;
}

void SampleSender::Send(std::string chunk) {
  v1::FromAgent message;
  message.set_samples(std::move(chunk));
  link_.Send(std::move(message));
}

void SampleSender::Finish(std::function<void()> done) {
  done_ = std::move(done);
  deadline_ = std::chrono::steady_clock::now() + kEndPatience;
  conductor_.Disarm(timer_);
  Tick();
}

}  // namespace loadctl::session
