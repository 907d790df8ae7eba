// How late a worker's event loop is: what a script waits for the generator, not for the target.
// Sampled by a timer, so that requests cost nothing more. Not a part of any metric of k6's.
// On the loop's thread.
#pragma once

#include <chrono>
#include <utility>

#include "agent/vu/loop.h"
#include "common/metrics/sink.h"

namespace loadctl::worker {

class LoopLag final {
 public:
  static constexpr std::chrono::milliseconds kEvery{10};

  explicit LoopLag(vu::Loop& loop);
  ~LoopLag();
  LoopLag(const LoopLag&) = delete;
  LoopLag& operator=(const LoopLag&) = delete;

  /// From this on a loop that does not turn is load that was not there.
  static constexpr std::chrono::seconds kStall{1};
  /// kOne: it may be busy with the one script that it is there for.
  enum class Vus { kOne, kSeveral };

  /// One sample each kEvery from here on, until Stop(). A loop that is busy for longer has a sample
  /// for every instant it missed: the figures are shares of time.
  void Start(Vus vus);
  void Stop();

  /// Milliseconds.
  [[nodiscard]] const metrics::TrendSink& lateness() const { return lateness_; }
  /// Those since this was last called.
  [[nodiscard]] metrics::TrendSink TakeRecent() { return std::exchange(recent_, {}); }
  /// The stretches of kStall and more in which the loop did not turn: its process was stopped or
  /// got no core, or one script kept the others waiting.
  [[nodiscard]] std::chrono::nanoseconds stalled() const { return stalled_; }

 private:
  void Fire();
  void NoteStall(std::chrono::steady_clock::time_point now);

  vu::Loop& loop_;
  vu::Timer timer_;
  vu::TimePoint due_{};
  metrics::TrendSink lateness_, recent_;
  Vus vus_ = Vus::kSeveral;
  bool on_ = false;
  std::chrono::nanoseconds used_{0};  // on a core, at the last Fire()
  std::chrono::nanoseconds stalled_{0};
};

}  // namespace loadctl::worker
