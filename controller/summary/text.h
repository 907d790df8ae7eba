// The end-of-test summary as a person reads it: k6 2.2's compact or full text, byte for byte.
// Not for programs (json.h) nor for computing anything (build.h). Pure functions, any thread.
#pragma once

#include <string>

#include "controller/summary/colors.h"
#include "controller/summary/summary.h"

namespace loadctl::summary {

/// --summary-mode. kFull also shows the phases of requests, and groups and scenarios by themselves.
enum class Detail { kCompact, kFull };

/// The whole text as k6 writes it to stdout, with the empty lines around it.
///
/// An incomplete run begins with one line `INCOMPLETE: agent 2 of 3 lost at 12.3s` for each cause
/// (a lost agent, an agent whose ledger does not balance), and thresholds with `judged == false`
/// show their value but neither mark. Metrics and checks may come in any order of names; checks of
/// one name in several groups are added up, as k6 does. Cannot fail. Source: docs/numbers.md, "How
/// the summary writes numbers".
[[nodiscard]] std::string RenderText(const Summary& summary, Colors colors,
                                     Detail detail = Detail::kCompact);

}  // namespace loadctl::summary
