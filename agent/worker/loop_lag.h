// How late a worker's event loop is: what a script waits for the generator, not for the target.
// Sampled by a timer, so that requests cost nothing more. Not a part of any metric of k6's.
// On the loop's thread.
#pragma once

#include <chrono>

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

  /// One sample each kEvery from here on, until Stop(). A loop that is busy for longer has a sample
  /// for every instant it missed: the figures are shares of time.
  void Start();
  void Stop();

  /// Milliseconds.
  [[nodiscard]] const metrics::TrendSink& lateness() const { return lateness_; }

 private:
  void Fire();

  vu::Loop& loop_;
  vu::Timer timer_;
  vu::TimePoint due_{};
  metrics::TrendSink lateness_;
};

}  // namespace loadctl::worker
