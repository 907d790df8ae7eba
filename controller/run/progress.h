// What a run shows of itself while it goes on. Pure, but for the clock that it reads.
#pragma once

#include <optional>

#include "controller/run/agents.h"
#include "controller/run/inputs.h"
#include "controller/run/run_clock.h"
#include "controller/run/steering.h"

namespace loadctl::controller {

/// Where the run is.
struct Stage {
  v1::RunProgress::Phase phase = v1::RunProgress::STARTING;
  /// The phase that is shown: of a run that ends in setup(), that.
  v1::RunProgress::Phase shown = v1::RunProgress::STARTING;
  bool stopped = false;  ///< it is being cut short
};

[[nodiscard]] v1::RunProgress MakeProgress(const RunInputs& inputs, const Agents& agents,
                                           const RunClock& clock,
                                           const std::optional<Steering::External>& external,
                                           const Stage& stage);

}  // namespace loadctl::controller
