// The script's `thresholds` to the canonical value of that key. For .cc files of this folder only.
// Not for the expressions' grammar (controller/threshold). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "common/base/error.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// Reads `metric: ["expr", {threshold, abortOnFail, delayAbortEval}]`; sorted by metric.
/// Fails (kInvalidConfig) with k6's texts, and what is accepted instead.
[[nodiscard]] Result<std::string> CanonicalThresholds(const JsonPlace& place,
                                                      const boost::json::value& value);

}  // namespace loadctl::plan
