// The script's `scenarios`. For .cc files of this folder only. Not for what they mean
// (common/plan/scenario.h). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <vector>

#include "common/base/error.h"
#include "common/plan/scenario.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// Reads an object of scenarios by name; sorted by name. Fails (kInvalidConfig) with k6's texts for
/// what it cannot decode, and what is accepted instead.
[[nodiscard]] Result<std::vector<Scenario>> ReadScenarios(const JsonPlace& place,
                                                          const boost::json::value& value);

}  // namespace loadctl::plan
