// The agents of a registry as clients are told of them (proto/loadctl/v1/runs.proto, ListAgents).
// Pure but for the clock, any thread.
#pragma once

#include <vector>

#include "controller/fleet/registry.h"
#include "loadctl/v1/runs.pb.h"

namespace loadctl::service {

[[nodiscard]] v1::RegisteredAgent ToProto(const fleet::Registry::Known& agent);

/// The agents, and what time it is here.
void FillAgents(const std::vector<fleet::Registry::Known>& agents, v1::AgentList& list);

}  // namespace loadctl::service
