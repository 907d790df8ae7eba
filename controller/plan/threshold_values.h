// The script's `thresholds`. For .cc files of this folder only. Not for expressions
// (controller/threshold). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// Reads an object of lists by metric; sorted by metric. Fails (kInvalidConfig) with k6's texts,
/// and what is accepted instead.
[[nodiscard]] Result<std::vector<MetricThresholds>> ReadThresholds(const JsonPlace& place,
                                                                   const boost::json::value& value);

}  // namespace loadctl::plan
