// Orders to pause and to go on, each followed at its instant, in the order they came.
// The conductor's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "agent/session/clock.h"

namespace loadctl::session {

struct PauseOrder {
  std::uint64_t serial = 0;
  vu::TimePoint at;
  bool pause = false;  ///< else to go on
};

class PauseOrders final {
 public:
  PauseOrders(Clock& clock, std::function<void(const PauseOrder&)> follow)
      : clock_(clock), follow_(std::move(follow)), timer_([this] { Follow(); }) {}
  ~PauseOrders() { clock_.Disarm(timer_); }
  PauseOrders(const PauseOrders&) = delete;
  PauseOrders& operator=(const PauseOrders&) = delete;

  void Give(PauseOrder order) {
    orders_.push_back(order);
    Follow();
  }

 private:
  void Follow() {
    while (!orders_.empty()) {
      const PauseOrder order = orders_.front();
      if (clock_.Now() < order.at) return clock_.Arm(timer_, order.at);
      orders_.pop_front();
      follow_(order);
    }
  }

  Clock& clock_;
  const std::function<void(const PauseOrder&)> follow_;
  std::deque<PauseOrder> orders_;
  vu::Timer timer_;
};

}  // namespace loadctl::session
