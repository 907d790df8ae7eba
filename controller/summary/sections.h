// The parts of a summary: scenarios and groups by themselves, and the requests that failed.
// Not for how they look (text.h). Pure functions, any thread.
#pragma once

#include "controller/aggregate/totals.h"
#include "controller/summary/build.h"

namespace loadctl::summary {

/// Sections of a summary and nodes of the trees that they make; what comes beyond is left out.
inline constexpr std::size_t kMostSections = 20'000;
/// Rows of failed requests.
inline constexpr std::size_t kMostFailedRequests = 100;

/// As k6 2.2's full summary has them: no metric `checks` or `group_duration`, nor sub-metrics.
void PutSections(const aggregate::Totals& totals, const BuildOptions& options, Summary& to);

/// The most frequent ones; the others in one row.
void PutFailedRequests(const aggregate::Totals& totals, Summary& to);

}  // namespace loadctl::summary
