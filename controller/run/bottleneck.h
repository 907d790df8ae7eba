// Whether an agent itself, not the target, shaped the load: what the ledger says of it in words.
// Not for when that is told (run.h). Pure, any thread.
#pragma once

#include <string>

#include "controller/summary/summary.h"

namespace loadctl::controller {

/// Why the agent was the bottleneck, such as `its event loops were 31ms late at p99, 40ms at
/// worst`, or an empty text. docs/numbers.md has the limits.
///
/// A script that loops as fast as it can uses up its CPU by design, so CPU alone is a reason only
/// where iterations had a plan (arrival rates); elsewhere it is told as the cause of lateness.
[[nodiscard]] std::string WhyBottleneck(const summary::LedgerEntry& entry);

}  // namespace loadctl::controller
