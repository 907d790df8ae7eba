// The two clocks samples use. Any thread.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace loadctl::vu {

/// Nanoseconds of the steady clock.
inline std::int64_t SteadyNs(std::chrono::steady_clock::time_point time) {
  return time.time_since_epoch().count();
}
inline std::int64_t SteadyNow() { return SteadyNs(std::chrono::steady_clock::now()); }

/// The steady clock's time as nanoseconds since 1970, by an offset taken once: gauges compare
/// stamps of several agents, so samples carry wall-clock time, but it never steps back.
inline std::int64_t WallNs(std::chrono::steady_clock::time_point time) {
  static const std::int64_t offset =
      std::chrono::system_clock::now().time_since_epoch().count() - SteadyNow();
  return SteadyNs(time) + offset;
}
inline std::int64_t WallNow() { return WallNs(std::chrono::steady_clock::now()); }

/// The steady clock some milliseconds ago at most, for a fraction of the price.
inline std::chrono::steady_clock::time_point SteadyRoughly() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}
/// Enough for samples of which only the second counts: all but gauges.
inline std::int64_t WallRoughly() { return WallNs(SteadyRoughly()); }

}  // namespace loadctl::vu
