// How many iterations of a scenario fall to one agent: what agent and controller compute apart, and
// the ledger compares. Not for when they start (agent/executor). Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "common/plan/scenario.h"

namespace loadctl::plan {

/// Iterations that the tuple's agent is to start or drop, all its VUs together; nullopt where only
/// time ends the scenario. Saturates.
[[nodiscard]] std::optional<std::int64_t> PlannedIterations(const Scenario& scenario,
                                                            const ExecutionTuple& tuple);

}  // namespace loadctl::plan
