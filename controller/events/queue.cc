#include "controller/events/queue.h"

#include <utility>

namespace loadctl::events {

bool CountMissed(const v1::RunEvent& event, v1::Missed& missed) {
  switch (event.body_case()) {
    case v1::RunEvent::kLog:
      missed.set_logs(missed.logs() + 1);
      return true;
    case v1::RunEvent::kSecond:
      missed.set_seconds(missed.seconds() + 1);
      return true;
    case v1::RunEvent::kSamples:
      missed.set_samples(missed.samples() + 1);
      return true;
    case v1::RunEvent::kProgress:
      return true;  // the next one says the same, and more
    case v1::RunEvent::kAgent:
      return event.agent().has_health();  // as of progress
    default:
      return false;
  }
}

bool Any(const v1::Missed& missed) {
  return missed.logs() > 0 || missed.seconds() > 0 || missed.samples() > 0;
}

Queue::Queue(Subscriber& subscriber, std::size_t most)
    : subscriber_(subscriber), most_(most), thread_([this] { Deliver(); }) {}

Queue::~Queue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Queue::On(const v1::RunEvent& event) {
  std::unique_lock lock(mutex_);
  const std::size_t size = event.ByteSizeLong();
  if (!MakeRoom(event, size)) return;
  if (Any(missed_)) *waiting_.emplace_back().mutable_missed() = std::exchange(missed_, {});
  waiting_.push_back(event);
  bytes_ += size;
  wake_.notify_all();
  if (event.has_outcome()) wake_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

// False: the event is dropped.
bool Queue::MakeRoom(const v1::RunEvent& event, std::size_t size) {
  if (event.has_progress() && !waiting_.empty() && waiting_.back().has_progress()) {
    bytes_ -= waiting_.back().ByteSizeLong();
    waiting_.pop_back();
  }
  return bytes_ + size <= most_ || waiting_.empty() || !CountMissed(event, missed_);
}

void Queue::Deliver() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const v1::RunEvent event = std::move(waiting_.front());
    waiting_.pop_front();
    // `missed` was not counted when it was put there.
    if (!event.has_missed()) bytes_ -= event.ByteSizeLong();
    busy_ = true;
    lock.unlock();
    subscriber_.On(event);
    lock.lock();
    busy_ = false;
    wake_.notify_all();
  }
}

}  // namespace loadctl::events
