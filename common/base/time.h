// Instants of the steady clock that do not overflow: durations may be as long as 64 bits allow.
// Any thread.
#pragma once

#include <chrono>

namespace loadctl {

/// `from + by`, at most the last instant there is. `by` ≥ 0.
[[nodiscard]] inline std::chrono::steady_clock::time_point Later(
    std::chrono::steady_clock::time_point from, std::chrono::nanoseconds by) {
  using TimePoint = std::chrono::steady_clock::time_point;
  return by > TimePoint::max() - from ? TimePoint::max() : from + by;
}

}  // namespace loadctl
