// Merges the layers of options: who overrides whom, by k6's rules.
// Not for reading a layer (values.h) nor for what the result means (plan.h). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "controller/plan/plan.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {

/// The configuration file, read against the table; null and keys that k6 does not know set nothing,
/// and go into `unknown`. Fails (kInvalidConfig) naming the file, the place and the accepted form,
/// with k6's texts.
[[nodiscard]] Result<Options> FileLayer(const ConfigFile& file, std::vector<std::string>& unknown);

/// The script's `options`, likewise. Fails (kInvalidConfig) with k6's texts.
[[nodiscard]] Result<Options> ScriptLayer(std::string_view json, std::vector<std::string>& unknown);

/// The K6_ variables that are options. Fails (kInvalidConfig) with k6's texts.
[[nodiscard]] Result<Options> VariableLayer(const Environment& environment);

/// Puts the layer over what is there, row by row, as the row's Layering says.
void PutOver(Options& merged, const Options& layer, Source source,
             std::vector<std::string>& warnings);

/// All layers of a run, one over the other. The script's unknown keys are warned of, in the file
/// they are ignored, as in k6; both are errors with --strict. Fails (kInvalidConfig) then, as the
/// layers do, and (kGeneric) on a script without exported functions.
[[nodiscard]] Result<Options> MergeLayers(const PlanInputs& inputs, const Environment& variables,
                                          std::vector<std::string>& warnings);

/// Fails (kInvalidConfig) naming all that is refused, and warns of what was let pass. Values stay
/// as they are: nobody reads those of rows that do not work.
[[nodiscard]] Result<void> RefuseUnsupported(const Options& merged, AllowUnsupported allow,
                                             std::vector<std::string>& warnings);

}  // namespace loadctl::plan
