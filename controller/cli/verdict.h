// The verdict on a run for programs that read it: --fail-on and --verdict-file.
// Not for k6's own exit codes, which the run decides. Main thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/base/error.h"
#include "controller/plan/plan.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::cli {

/// What --fail-on names that came true in a run which k6 would call passed; the first in the order
/// given. kFailOn, and a text with the figures. nullopt: nothing did, or there is no summary.
[[nodiscard]] std::optional<Error> JudgeFailOn(std::span<const plan::FailOn> fail_on,
                                               const v1::Outcome& outcome);

/// A line for runs that k6 calls passed although every iteration threw; empty otherwise.
[[nodiscard]] std::string AllThrew(const v1::Outcome& outcome);

/// The JSON of --verdict-file: `verdict` (passed, failed, aborted, incomplete, error), `cause`,
/// `code`, `thresholds` (metric, expression, value, ok, no_data), `agents` (the ledger), `outputs`
/// (output, samples, lost).
/// `error`: why the exit code is not 0; `outcome`: absent where nothing ran.
[[nodiscard]] std::string VerdictJson(const std::optional<Error>& error,
                                      const v1::Outcome* outcome);

/// The same while the run goes on: `running`, without a code.
[[nodiscard]] std::string RunningVerdictJson();

}  // namespace loadctl::cli
