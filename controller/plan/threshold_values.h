// The script's `thresholds`. For .cc files of this folder only. Not for expressions
// (controller/threshold). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// Reads an object of lists by metric; sorted by metric. Fails (kInvalidConfig) with k6's texts,
/// and what is accepted instead.
[[nodiscard]] Result<std::vector<MetricThresholds>> ReadThresholds(const JsonPlace& place,
                                                                   const boost::json::value& value);

/// Fields of their objects that nobody reads, which k6 passes over: `thresholds.METRIC.FIELD`.
[[nodiscard]] std::vector<std::string> UnknownThresholdFields(const boost::json::value& thresholds);

}  // namespace loadctl::plan
