#include "controller/events/publisher.h"

#include "common/secrets/messages.h"

namespace loadctl::events {
namespace {

/// What agents encoded they have redacted; progress has names of the plan alone.
bool HasTexts(const v1::RunEvent& event) {
  return !event.has_second() && !event.has_samples() && !event.has_progress() &&
         !event.has_cpu_profile();
}

}  // namespace

void Publisher::Publish(v1::RunEvent event, std::chrono::nanoseconds at) {
  using std::chrono::nanoseconds;
  event.set_number(++number_);
  event.set_at_ns(at.count());
  event.set_unix_ns(nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
  Forward(event);
}

void Publisher::Forward(const v1::RunEvent& event) {
  if (redactor_ == nullptr || redactor_->empty() || !HasTexts(event)) return Give(event);
  v1::RunEvent redacted = event;
  secrets::RedactMessage(redacted, *redactor_);
  Give(redacted);
}

void Publisher::Give(const v1::RunEvent& event) {
  for (Subscriber* subscriber : subscribers_) subscriber->On(event);
}

}  // namespace loadctl::events
