// The piece of work that a VU does at present (an iteration or many, setup()), and when it must
// have ended. Not for ending it (vu.h). The VU's thread, but for what says otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "agent/vu/clock.h"
#include "agent/vu/loop.h"
#include "agent/vu/suspend.h"

namespace loadctl::vu {

class Vu;

class Work final {
 public:
  using Body = std::function<void(Vu&)>;
  using Done = std::function<void()>;

  /// `overdue` is called from the parker's loop when the deadline has passed. `parker` outlives it.
  Work(JsParker& parker, std::function<void()> overdue)
      : parker_(parker), overdue_(std::move(overdue)), timer_([this] { OnTimer(); }) {}

  void Give(Body body, Done done) {
    body_ = std::move(body);
    done_ = std::move(done);
    serial_.fetch_add(1);
  }
  [[nodiscard]] bool given() const { return body_ != nullptr; }
  void Do(Vu& vu) { body_(vu); }
  /// It is over, and has no deadline any more; gives what is to be called then.
  [[nodiscard]] Done Take() {
    StopClock();
    SetDeadline(TimePoint::max());
    body_ = nullptr;
    return std::exchange(done_, nullptr);
  }

  /// Tells one piece of work from another. Any thread.
  [[nodiscard]] std::uint64_t serial() const { return serial_.load(); }
  /// Steady clock; 0 before there was one. Any thread.
  [[nodiscard]] std::int64_t deadline_ns() const {
    return deadline_ns_.load(std::memory_order_relaxed);
  }
  /// Any thread, one at a time; FollowDeadline() behind it.
  void SetDeadline(TimePoint deadline) {
    deadline_ns_.store(SteadyNs(deadline), std::memory_order_relaxed);
  }
  /// Lets `overdue` be called at the deadline that SetDeadline() was told.
  void FollowDeadline() {
    const TimePoint deadline{std::chrono::nanoseconds(deadline_ns())};
    if (deadline == TimePoint::max()) return StopClock();
    parker_.loop().Arm(timer_, deadline);
  }
  void StopClock() { parker_.loop().Disarm(timer_); }

 private:
  void OnTimer() {
    // The deadline may have been moved while the timer's call was on its way.
    if (SteadyNow() < deadline_ns()) return FollowDeadline();
    overdue_();
  }

  JsParker& parker_;
  const std::function<void()> overdue_;
  Body body_;
  Done done_;
  std::atomic<std::uint64_t> serial_{0};
  std::atomic<std::int64_t> deadline_ns_{0};
  Timer timer_;
};

}  // namespace loadctl::vu
