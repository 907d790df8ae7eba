#include "controller/events/publisher.h"

namespace loadctl::events {

void Publisher::Publish(v1::RunEvent event, std::chrono::nanoseconds at) {
  using std::chrono::nanoseconds;
  event.set_number(++number_);
  event.set_at_ns(at.count());
  event.set_unix_ns(nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
  Forward(event);
}

void Publisher::Forward(const v1::RunEvent& event) {
  for (Subscriber* subscriber : subscribers_) subscriber->On(event);
}

}  // namespace loadctl::events
