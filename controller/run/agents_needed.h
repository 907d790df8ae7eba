// --agents auto: how many agents a plan needs, by what a short run of it on one agent took.
// Not for that run itself (cli/sizing.h). Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/plan/scenario.h"
#include "controller/summary/summary.h"

namespace loadctl::controller {

/// The scenarios as they are measured: all at once, for 3 s, each with a tenth of the VUs that it
/// has at most, from 1 to 40.
[[nodiscard]] std::vector<plan::Scenario> CalibrationOf(std::span<const plan::Scenario> scenarios,
                                                        const plan::ExecutionTuple& tuple);

/// What a plan needs at its worst instant, and how many agents like the measured one give that.
struct AgentsNeeded {
  std::int64_t vus = 0;  ///< of the whole run
  double iterations_per_second = 0;
  double cores = 0;             ///< of worker threads, busy all the time
  std::int64_t memory = 0;      ///< bytes, of all VUs
  std::int64_t by_limits = 1;   ///< agents, by what a process may have
  std::int64_t by_machine = 1;  ///< agents, each on a machine of its own, by cores and memory
};

/// `calibration`: the summary of a run of CalibrationOf(scenarios) on one agent. Fails (kGeneric)
/// if it tells nothing: no iteration ended in it.
[[nodiscard]] Result<AgentsNeeded> NeededBy(std::span<const plan::Scenario> scenarios,
                                            const plan::ExecutionTuple& tuple,
                                            const summary::Summary& calibration);

/// `800 VUs with 1200 iterations/s need 1.4 cores and 320 MB`.
[[nodiscard]] std::string Describe(const AgentsNeeded& needed);

}  // namespace loadctl::controller
