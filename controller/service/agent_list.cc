#include "controller/service/agent_list.h"

#include <chrono>

namespace loadctl::service {
namespace {

using Known = fleet::Registry::Known;

v1::RegisteredAgent::State ToProto(Known::State state) {
  switch (state) {
    case Known::State::kIdle:
      return v1::RegisteredAgent::IDLE;
    case Known::State::kWorking:
      return v1::RegisteredAgent::WORKING;
    case Known::State::kLeaving:
      return v1::RegisteredAgent::LEAVING;
  }
  return v1::RegisteredAgent::LEAVING;
}

}  // namespace

v1::RegisteredAgent ToProto(const Known& agent) {
  v1::RegisteredAgent to;
  to.set_name(agent.info.name);
  to.set_version(agent.info.version);
  to.set_address(agent.address);
  to.set_state(ToProto(agent.state));
  to.set_workers(agent.info.workers);
  to.set_round_trip_ns(agent.info.round_trip.count());
  to.set_certificate_ends_unix_s(agent.certificate_ends_unix_s);
  if (agent.info.wall_clock_ahead) {
    to.set_clock_known(true);
    to.set_clock_ahead_ns(agent.info.wall_clock_ahead->count());
  }
  return to;
}

void FillAgents(const std::vector<Known>& agents, v1::AgentList& list) {
  for (const auto& agent : agents) *list.add_agents() = ToProto(agent);
  list.set_unix_ns(
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace loadctl::service
