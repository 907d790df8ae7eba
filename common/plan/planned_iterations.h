// How many iterations of a scenario fall to one agent: what agent and controller compute apart, and
// the ledger compares; and which rows of data that iterations use. Not for when they start
// (agent/executor). Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/plan/scenario.h"

namespace loadctl::plan {

/// Iterations that the tuple's agent is to start or drop, all its VUs together; nullopt where only
/// time ends the scenario. Saturates.
[[nodiscard]] std::optional<std::int64_t> PlannedIterations(const Scenario& scenario,
                                                            const ExecutionTuple& tuple);

/// Which things of the whole test that iterations use up one by one, such as rows of data, are the
/// tuple's agent's: shared as the VUs are where all scenarios have the same number of them, so that
/// no agent runs out before the others; else by the tuple itself. All agents decide alike. Empty
/// (no offsets): the agent has no VUs. The scenarios are valid.
[[nodiscard]] Stripe DataShare(std::span<const Scenario> scenarios, const ExecutionTuple& tuple);

}  // namespace loadctl::plan
