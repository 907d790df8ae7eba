// What one agent was to do, by the plan and its segment alone, and whether it says that it did.
// Not for what was measured (controller/aggregate). Pure functions, any thread.
#pragma once

#include <chrono>
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

/// What is known of an agent's work without asking it. Time is the run's own, without pauses.
struct Witnessed {
  /// From the scenarios' start to its word that they have ended.
  std::chrono::nanoseconds lasted = std::chrono::nanoseconds::max();
  std::string scaled;            ///< the scenario that others may scale; empty: none
  double scaled_vu_seconds = 0;  ///< that it owes there (scaled_vus.h)
};

/// Why a test that nobody stopped cannot end with these counts, in words; empty if it can.
/// Started and dropped are the planned ones; an agent that had VUs for a second or more to loop
/// in has started something; it had as many VUs for as long as the scenarios say that only time
/// ends, but for a VU-second; and no scenario ended before its time, nor dropped or cut off
/// iterations before that was due, but for a second and what clocks differ. `done` has passed
/// WhyWrong().
[[nodiscard]] std::string WhyShort(const v1::RunDone& done, const plan::Options& options,
                                   const plan::ExecutionTuple& share, const Witnessed& witnessed);

}  // namespace loadctl::controller
