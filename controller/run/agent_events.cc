#include "controller/run/agent_events.h"

#include <utility>

namespace loadctl::controller {

v1::RunEvent AgentEvent(int agent) {
  v1::RunEvent event;
  event.mutable_agent()->set_agent(static_cast<std::uint32_t>(agent));
  return event;
}

v1::RunEvent AttachedEvent(int agent, const fleet::AgentInfo& info) {
  v1::RunEvent event = AgentEvent(agent);
  auto& attached = *event.mutable_agent()->mutable_attached();
  attached.set_name(info.name);
  attached.set_workers(info.workers);
  return event;
}

v1::RunEvent ReadyEvent(int agent, const v1::Ready& ready) {
  v1::RunEvent event = AgentEvent(agent);
  auto& told = *event.mutable_agent()->mutable_ready();
  told.set_vus(static_cast<std::int64_t>(ready.vus()));
  told.set_workers(ready.workers());
  return event;
}

v1::RunEvent ForwardedEvent(int agent, v1::FromAgent& message) {
  v1::RunEvent event;
  if (message.has_samples()) {
    event.mutable_samples()->set_agent(static_cast<std::uint32_t>(agent));
    *event.mutable_samples()->mutable_chunk() = std::move(*message.mutable_samples());
  } else if (message.has_exchange()) {
    *event.mutable_exchange() = std::move(*message.mutable_exchange());
    event.mutable_exchange()->set_agent(static_cast<std::uint32_t>(agent));
  } else {
    *event.mutable_cpu_profile() = std::move(*message.mutable_cpu_profile());
  }
  return event;
}

}  // namespace loadctl::controller
