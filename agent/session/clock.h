// The time that a run on an agent goes by: the steady clock, and a loop that calls at an instant.
// Not for VUs and executors, which have the loops of their workers. The conductor's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "agent/vu/loop.h"

namespace loadctl::session {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual vu::TimePoint Now() const = 0;
  /// (Re-)arms, as vu::Loop does.
  virtual void Arm(vu::Timer& timer, vu::TimePoint due) = 0;
  virtual void Disarm(vu::Timer& timer) = 0;
};

class LoopClock final : public Clock {
 public:
  explicit LoopClock(vu::Loop& loop) : loop_(loop) {}
  [[nodiscard]] vu::TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  void Arm(vu::Timer& timer, vu::TimePoint due) override { loop_.Arm(timer, due); }
  void Disarm(vu::Timer& timer) override { loop_.Disarm(timer); }

 private:
  vu::Loop& loop_;
};

/// Calls a function again and again while it is on.
class Periodic final {
 public:
  Periodic(Clock& clock, std::chrono::nanoseconds every, std::function<void()> call)
      : clock_(clock), every_(every), call_(std::move(call)), timer_([this] { Fire(); }) {}
  ~Periodic() { Stop(); }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  /// For the first time after `every`.
  void Start() { clock_.Arm(timer_, clock_.Now() + every_); }
  /// Whole multiples of `every` after `begin`, those in the past left out.
  void StartFrom(vu::TimePoint begin) {
    begin_ = begin;
    clock_.Arm(timer_, begin + every_);
  }
  void Stop() { clock_.Disarm(timer_); }

 private:
  void Fire() {
    Arm();
    call_();
  }
  void Arm() {
    if (!begin_) return Start();
    clock_.Arm(timer_, *begin_ + ((clock_.Now() - *begin_) / every_ + 1) * every_);
  }

  Clock& clock_;
  const std::chrono::nanoseconds every_;
  const std::function<void()> call_;
  std::optional<vu::TimePoint> begin_;
  vu::Timer timer_;
};

}  // namespace loadctl::session
