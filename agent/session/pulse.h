// Whether the conductor's loop still turns, for those who cannot ask it: the link's threads, which
// would go on sending heartbeats for an agent that does nothing any more.
// Not for workers (worker/watchdog.h). Made and ended on the loop's thread; Silence() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "agent/vu/clock.h"
#include "agent/vu/loop.h"

namespace loadctl::session {

class Pulse final {
 public:
  static constexpr std::chrono::milliseconds kEvery{500};

  explicit Pulse(vu::Loop& loop) : loop_(loop), timer_([this] { Beat(); }) { Beat(); }
  ~Pulse() { loop_.Disarm(timer_); }
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// How long ago the loop last turned, give or take kEvery.
  [[nodiscard]] std::chrono::nanoseconds Silence() const {
    return std::chrono::nanoseconds(vu::SteadyNow() - last_.load(std::memory_order_relaxed));
  }

 private:
  void Beat() {
    last_.store(vu::SteadyNow(), std::memory_order_relaxed);
    loop_.Arm(timer_, std::chrono::steady_clock::now() + kEvery);
  }

  vu::Loop& loop_;
  vu::Timer timer_;
  std::atomic<std::int64_t> last_{0};
};

}  // namespace loadctl::session
