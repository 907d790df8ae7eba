// Makes the end-of-test summary from merged metrics and verdicts.
// Not for how it looks (text.h). The run thread calls it once, at the end.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "controller/aggregate/totals.h"
#include "controller/summary/summary.h"
#include "controller/threshold/evaluator.h"

namespace loadctl::summary {

/// How far a run's figures can be trusted.
enum class Completeness {
  kComplete,    ///< thresholds judge
  kIncomplete,  ///< an agent was lost or the ledger does not balance: they are shown, not judged
};

struct BuildOptions {
  std::chrono::nanoseconds duration{0};  ///< setup to teardown, without pauses
  std::vector<std::string> trend_stats;  ///< summaryTrendStats, as CheckTrendStats() accepts them
  std::string time_unit;                 ///< summaryTimeUnit
  Completeness completeness = Completeness::kComplete;
};

/// Checks summaryTrendStats: `avg min med max count p(N)`.
///
/// Fails (kInvalidConfig) with `invalid trend stat 'x', unknown format` or `invalid percentile
/// trend stat value 'p(x)', provide a number between 0 and 100`.
[[nodiscard]] Result<void> CheckTrendStats(const std::vector<std::string>& stats);

/// The summary but for agents, ledger, lost agents and setup data, which the run adds.
///
/// Shown are the metrics and sub-metrics with samples and those with thresholds, an empty list
/// included, each sub-metric's metric with it. Groups and checks come in order of first use.
[[nodiscard]] Summary BuildSummary(const aggregate::Totals& totals,
                                   const std::vector<threshold::MetricVerdicts>& verdicts,
                                   const BuildOptions& options);

/// The lower-case hexadecimal MD5 of a path: k6's id of a group or check.
[[nodiscard]] std::string PathId(std::string_view path);

}  // namespace loadctl::summary
