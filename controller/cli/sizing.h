// --agents auto: measures a test on one agent, and says how many the test needs.
// Not for what the figures come to (run/agents_needed.h). Main thread, blocking.
#pragma once

#include <cstdint>

#include "common/base/error.h"
#include "controller/cli/signals.h"
#include "controller/plan/plan.h"

namespace loadctl::cli {

/// Runs the test for 3 s with a tenth of its VUs on one agent, where it is to be run (setup() and
/// teardown() included; no thresholds, outputs or files), and logs what that came to.
///
/// Fails with what the test itself fails with, and (kGeneric) where the number cannot be had: a
/// script from standard input, a run in pods, a calibration that was stopped or told nothing.
[[nodiscard]] Result<std::int64_t> AgentsFor(const plan::CommandLine& line,
                                             const plan::Environment& environment,
                                             const plan::RuntimeOptions& runtime, Signals& signals);

}  // namespace loadctl::cli
