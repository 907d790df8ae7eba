// The way out of a run: its events, numbered and stamped, to all who subscribed.
// Not for what they mean (proto/loadctl/v1/report.proto). One thread, the run's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "common/secrets/redactor.h"
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

  /// From here on subscribers get events without the secrets that this knows.
  void Redact(std::shared_ptr<const secrets::Redactor> redactor) {
    redactor_ = std::move(redactor);
  }

  /// `at`: on the run's clock. Sets the event's number and its times.
  void Publish(v1::RunEvent event, std::chrono::nanoseconds at);

  /// An event of another program's run, as it came.
  void Forward(const v1::RunEvent& event);

 private:
  void Give(const v1::RunEvent& event);

  std::vector<Subscriber*> subscribers_;
  std::shared_ptr<const secrets::Redactor> redactor_;
  std::uint64_t number_ = 0;
};

}  // namespace loadctl::events
