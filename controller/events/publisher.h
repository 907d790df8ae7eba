// The way out of a run: its events, numbered and stamped, to all who subscribed.
// Not for what they mean (proto/loadctl/v1/report.proto). One thread, the run's.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "controller/events/subscriber.h"

namespace loadctl::events {

class Publisher final {
 public:
  /// From here on the subscriber gets everything, after those that were added before; until it is
  /// removed, or the last event.
  void Add(Subscriber& subscriber) { subscribers_.push_back(&subscriber); }
  /// The same, but before those that were added before.
  void AddFirst(Subscriber& subscriber) { subscribers_.insert(subscribers_.begin(), &subscriber); }
  void Remove(Subscriber& subscriber) { std::erase(subscribers_, &subscriber); }

  /// `at`: on the run's clock. Sets the event's number and its times.
  void Publish(v1::RunEvent event, std::chrono::nanoseconds at);

  /// An event of another program's run, as it came.
  void Forward(const v1::RunEvent& event);

 private:
  std::vector<Subscriber*> subscribers_;
  std::uint64_t number_ = 0;
};

}  // namespace loadctl::events
