// Stands between a run and a subscriber that may be slow (a terminal, a disk, a network): the run
// never waits for it, and what there was no room for is counted and told.
// Any thread may call On(), one at a time; the subscriber has a thread of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "controller/events/subscriber.h"

namespace loadctl::events {

/// Events that are few are always taken: plan, phases, agents (but for their health), thresholds,
/// outcome. Of the others those that find the queue full are dropped; before the next event the
/// subscriber gets a `missed` one with their numbers (and the number 0, for it is not the run's).
/// Of progress only the newest waits.
class Queue final : public Subscriber {
 public:
  /// `subscriber` must outlive this; `most` in bytes of waiting events.
  explicit Queue(Subscriber& subscriber, std::size_t most = std::size_t{32} << 20);
  /// Delivers what waits.
  ~Queue() override;
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Does not block, but for `outcome`: after the last event there is no run to slow, so it returns
  /// when the subscriber has had everything.
  void On(const v1::RunEvent& event) override;

 private:
  bool MakeRoom(const v1::RunEvent& event, std::size_t size);
  void Deliver();

  Subscriber& subscriber_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<v1::RunEvent> waiting_;
  std::size_t bytes_ = 0;
  v1::Missed missed_;
  bool busy_ = false;  // the subscriber has been given an event
  bool ending_ = false;
  std::thread thread_;
};

/// Counts an event that somebody could not be given. False for one that is to be given always.
bool CountMissed(const v1::RunEvent& event, v1::Missed& missed);
/// Whether it counts anything.
[[nodiscard]] bool Any(const v1::Missed& missed);

}  // namespace loadctl::events
