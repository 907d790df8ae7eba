// Events of a run that are about one of its agents, numbered from 1.
#pragma once

#include "controller/fleet/fleet.h"
#include "loadctl/v1/report.pb.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::controller {

/// Without what happened.
[[nodiscard]] v1::RunEvent AgentEvent(int agent);

[[nodiscard]] v1::RunEvent AttachedEvent(int agent, const fleet::AgentInfo& info);
[[nodiscard]] v1::RunEvent ReadyEvent(int agent, const v1::Ready& ready);

/// What an agent says for those who follow the run alone: samples, an exchange or a CPU profile.
/// Its content is moved out of `message`.
[[nodiscard]] v1::RunEvent ForwardedEvent(int agent, v1::FromAgent& message);

}  // namespace loadctl::controller
