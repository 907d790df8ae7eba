// Merges the layers of options: who overrides whom, by k6's rules.
// Not for reading a layer (values.h) nor for what the result means (plan.h). Any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "controller/plan/plan.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {

struct MergedValue {
  std::string canonical;
  Source source = Source::kScript;
};
using MergedOptions = std::map<std::string, MergedValue, std::less<>>;

/// The configuration file, read against the table; null and keys that k6 does not know set nothing.
/// Fails (kInvalidConfig) naming the file, the place and the accepted form, with k6's texts.
[[nodiscard]] Result<OptionLayer> FileLayer(const ConfigFile& file);

/// The script's `options`, read against the table. Unknown keys add a warning each.
/// Fails (kInvalidConfig) with k6's texts.
[[nodiscard]] Result<OptionLayer> ScriptLayer(std::string_view json,
                                              std::vector<std::string>& warnings);

/// The K6_ variables that are options. Fails (kInvalidConfig) with k6's texts.
[[nodiscard]] Result<OptionLayer> VariableLayer(const Environment& environment);

/// Puts the layer over what is there. A layer with any of duration, iterations, stages and
/// scenarios first clears all four; `dns` merges by its keys; empty `tags` change nothing.
void PutOver(MergedOptions& merged, const OptionLayer& layer, Source source,
             std::vector<std::string>& warnings);

/// All layers of a run, one over the other. Fails as the layers do, and (kGeneric) on a script
/// without exported functions.
[[nodiscard]] Result<MergedOptions> MergeLayers(const PlanInputs& inputs,
                                                const Environment& variables,
                                                std::vector<std::string>& warnings);

/// Drops what asks for nothing or was let pass, and fails (kInvalidConfig) on what is refused.
[[nodiscard]] Result<void> RefuseUnsupported(MergedOptions& merged, AllowUnsupported allow,
                                             std::vector<std::string>& warnings);

}  // namespace loadctl::plan
