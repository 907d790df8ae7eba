// The clock of one run: when setup began, when the scenarios start, and all that without the time
// that the test was paused. The run's thread.
#pragma once

#include <chrono>
#include <optional>

#include "common/base/pause_clock.h"

namespace loadctl::controller {

class RunClock final {
 public:
  using Clock = std::chrono::steady_clock;

  void Begin(Clock::time_point now) { begun_ = own_.Own(now); }
  /// The scenarios are to start then.
  void Start(Clock::time_point at) { started_ = own_.Own(at); }
  void End() { ended_ = OwnNow(); }
  void Pause(Clock::time_point at) { own_.Pause(at); }
  void Resume(Clock::time_point at) { own_.Resume(at); }

  [[nodiscard]] bool paused() const { return own_.paused(); }
  [[nodiscard]] bool begun() const { return begun_.has_value(); }
  [[nodiscard]] bool ended() const { return ended_.has_value(); }
  /// When the scenarios start, in own time.
  [[nodiscard]] const std::optional<Clock::time_point>& started() const { return started_; }

  /// The steady clock without the pauses.
  [[nodiscard]] Clock::time_point OwnNow() const { return own_.Own(Clock::now()); }
  /// That, or when the run ended.
  [[nodiscard]] Clock::time_point Now() const { return ended_.value_or(OwnNow()); }
  /// Since setup began; 0 before.
  [[nodiscard]] std::chrono::nanoseconds Elapsed() const {
    return begun_ ? Now() - *begun_ : std::chrono::nanoseconds(0);
  }

 private:
  PauseClock own_;
  std::optional<Clock::time_point> begun_, started_, ended_;  // own time
};

}  // namespace loadctl::controller
