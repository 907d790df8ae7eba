// RequestPace: no more requests a second than the `rps` option allows, over all VUs of an agent.
// Not an executor: it does not start iterations. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// Requests stand in line for places that are evenly apart, as with k6's limiter of burst 1: a
/// place that nobody took in time is gone.
class RequestPace final {
 public:
  /// `per_second` > 0; may be a fraction: the share of one agent.
  explicit RequestPace(double per_second) : apart_(std::llround(1e9 / per_second)) {}

  /// When the next request may be sent; nobody else gets that place. One atomic operation.
  [[nodiscard]] TimePoint Take(TimePoint now);

 private:
  const std::int64_t apart_;  ///< ns
  std::atomic<std::int64_t> next_{0};
};

}  // namespace loadctl::net
