// What one agent was to do, by the plan and its segment alone, and whether it says that it did.
// Not for what was measured (controller/aggregate). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "common/plan/segment.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::controller {

/// What falls to agent `number` of 1..`agents`. Fails (kInvalidConfig) where the agent could not
/// compute it either.
[[nodiscard]] Result<plan::ExecutionTuple> ShareOf(const plan::Options& options, int number,
                                                   int agents);

/// Why these counts contradict themselves or are not of this plan, in words; empty if they may be
/// right: none below 0, started = complete + interrupted, exceptions among the
/// complete ones, each scenario of the plan once, and their sums the totals.
[[nodiscard]] std::string WhyWrong(const v1::RunDone& done, const plan::Options& options);

/// Iterations that the agent was to start or drop: as planned where the plan knows their number,
/// and where only time ends a scenario as many as it started or dropped. `done` has passed
/// WhyWrong(). Saturates.
[[nodiscard]] std::int64_t PlannedIterations(const v1::RunDone& done, const plan::Options& options,
                                             const plan::ExecutionTuple& share);

/// Why a test that nobody stopped cannot end with these counts, in words; empty if it can.
/// Started and dropped are the planned ones; an agent that had VUs for a second or more to loop
/// in has started something; and it had as many VUs for as long as constant-vus and ramping-vus
/// say, but for a VU-second. `done` has passed WhyWrong().
[[nodiscard]] std::string WhyShort(const v1::RunDone& done, const plan::Options& options,
                                   const plan::ExecutionTuple& share);

}  // namespace loadctl::controller
