// A clock that can be stopped: the steady clock without the pauses of a test.
// Not for who pauses. Pause() and Resume() on one thread, the rest on any.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "common/base/time.h"

namespace loadctl {

/// "Own" instants are those of this clock. Until the first pause they are the steady clock's.
class PauseClock final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Stands still from `at` on; nothing if it does already.
  void Pause(TimePoint at) {
    if (!paused()) at_.store(at.time_since_epoch().count(), std::memory_order_release);
  }
  /// Goes on at `at`, which is not before the pause.
  void Resume(TimePoint at) {
    if (!paused()) return;
    // In this order a reader in between sees the clock too early, never too late.
    const std::int64_t stood = at.time_since_epoch().count() - at_.load(std::memory_order_relaxed);
    stood_.fetch_add(std::max<std::int64_t>(stood, 0), std::memory_order_release);
    at_.store(kGoes, std::memory_order_release);
  }
  [[nodiscard]] bool paused() const { return at_.load(std::memory_order_acquire) != kGoes; }

  /// What this clock shows at an instant of the present, or of the time since the last Resume().
  [[nodiscard]] TimePoint Own(TimePoint steady) const {
    const std::int64_t at = at_.load(std::memory_order_acquire);
    const std::chrono::nanoseconds stood(stood_.load(std::memory_order_acquire));
    return std::min(steady, TimePoint(std::chrono::nanoseconds(at))) - stood;
  }
  /// When this clock will show `own`, if it is not paused (again).
  [[nodiscard]] TimePoint Steady(TimePoint own) const {
    return Later(own, std::chrono::nanoseconds(stood_.load(std::memory_order_acquire)));
  }

 private:
  static constexpr std::int64_t kGoes = TimePoint::max().time_since_epoch().count();
  std::atomic<std::int64_t> at_{kGoes};  // since when it stands, if it does
  std::atomic<std::int64_t> stood_{0};
};

}  // namespace loadctl
