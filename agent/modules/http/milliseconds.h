// Milliseconds as scripts and metrics have them. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace loadctl::modules::http {

inline double Milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

inline std::chrono::nanoseconds FromMilliseconds(double ms) {
  // Go's durations end at 292 years.
  constexpr double kLongest = 9e12;
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::clamp(ms, -kLongest, kLongest) * 1e6));
}

}  // namespace loadctl::modules::http
