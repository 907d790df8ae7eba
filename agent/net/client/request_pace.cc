#include "agent/net/client/request_pace.h"

#include <algorithm>

namespace loadctl::net {

TimePoint RequestPace::Take(TimePoint now) {
  const std::int64_t earliest = now.time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  std::int64_t place = 0;
  do {
    place = std::max(next, earliest);
  } while (!next_.compare_exchange_weak(next, place + apart_, std::memory_order_relaxed));
  return TimePoint(std::chrono::nanoseconds(place));
}

}  // namespace loadctl::net
