// Options as k6 prints them: `k6 inspect`, and the metadata of archives. Null where nothing is set.
// Not for the plan's wire form (common/plan/options.h). Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "common/base/error.h"
#include "controller/plan/plan.h"

namespace loadctl::plan {

/// What `inspect` prints of a script: its own options. Fails as MakePlan() does on bad ones.
[[nodiscard]] Result<std::string> ScriptOptionsText(const PlanInputs& inputs);

/// What `inspect --execution-requirements` prints: the options of all layers, shortcuts as the
/// scenario `default`, and what they need.
[[nodiscard]] std::string RequirementsText(const Plan& plan);

/// The options of all layers, shortcuts as they are: `options` of an archive's metadata, as JSON
/// text with keys in k6's order.
[[nodiscard]] Result<std::string> ArchiveOptionsText(const PlanInputs& inputs);

}  // namespace loadctl::plan
