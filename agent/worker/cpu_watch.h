// How much of a core a worker's thread takes while scenarios run, and how long it waits for one.
// Not for how late its loop is (loop_lag.h). On the worker's thread.
#pragma once

#include <chrono>
#include <optional>

namespace loadctl::worker {

/// Sums over time, of one worker or of several.
struct CpuUse {
  std::chrono::nanoseconds wall{0};    ///< that was watched
  std::chrono::nanoseconds used{0};    ///< on a core
  std::chrono::nanoseconds waited{0};  ///< ready to run, but without a core
  /// Of `wall`, the spans of about a second in which used + waited was kSaturatedShare or more.
  std::chrono::nanoseconds saturated{0};
  /// Of `wall`, what LoopLag::stalled() says.
  std::chrono::nanoseconds stalled{0};

  static constexpr double kSaturatedShare = 0.95;

  void Add(const CpuUse& other);
  /// What was added since `earlier`, which is of the same.
  [[nodiscard]] CpuUse Since(const CpuUse& earlier) const;
  /// Adds a span, saturated or not.
  void AddSpan(std::chrono::nanoseconds span, std::chrono::nanoseconds span_used,
               std::chrono::nanoseconds span_waited);
};

/// What the kernel says of the thread that asks.
struct ThreadTimes {
  std::chrono::nanoseconds used{0};
  std::chrono::nanoseconds waited{0};  ///< 0 where the kernel does not tell
};

/// Some microseconds: once a second, not once an iteration.
[[nodiscard]] ThreadTimes ReadThreadTimes();

class CpuWatch final {
 public:
  void Start() { last_ = Now(); }
  /// A span ends here and the next begins; nothing before Start() and after Stop().
  void Mark();
  void Stop() {
    Mark();
    last_.reset();
  }
  [[nodiscard]] const CpuUse& use() const { return use_; }

 private:
  struct Instant {
    std::chrono::steady_clock::time_point at;
    ThreadTimes times;
  };
  static Instant Now() { return {std::chrono::steady_clock::now(), ReadThreadTimes()}; }

  std::optional<Instant> last_;
  CpuUse use_;
};

}  // namespace loadctl::worker
