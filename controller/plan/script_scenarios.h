// The script's `scenarios` to the canonical value of that key. For .cc files of this folder only.
// Not for what they mean (common/plan/scenario.h). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/plan/scenario.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// Reads an object of scenarios by name. An executor that this build lacks is kept by name, because
/// a higher layer may replace it; ScenariosFromCanonical() refuses it.
///
/// Fails (kInvalidConfig) with k6's texts for what it cannot decode, and what is accepted instead.
[[nodiscard]] Result<std::string> CanonicalScenarios(const JsonPlace& place,
                                                     const boost::json::value& value);

/// The scenarios of a canonical value, by name. Fails (kInvalidConfig) on an executor that is not
/// supported, naming it and its row in docs/compatibility.md.
[[nodiscard]] Result<std::vector<Scenario>> ScenariosFromCanonical(std::string_view canonical);

}  // namespace loadctl::plan
