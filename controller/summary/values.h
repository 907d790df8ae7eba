// From what a metric measured to the values that a summary shows of it.
// Not for which metrics are shown (build.h). Pure functions, any thread.
#pragma once

#include <string_view>

#include "common/metrics/metric.h"
#include "common/metrics/sink.h"
#include "controller/summary/build.h"

namespace loadctl::summary {

/// `95` of `p(95)`.
[[nodiscard]] std::string_view PercentileText(std::string_view stat);

/// What it contains, and its values; of a trend those that summaryTrendStats names.
void PutValues(const metrics::Sink& sink, metrics::ValueType contains, const BuildOptions& options,
               MetricSummary& to);

}  // namespace loadctl::summary
