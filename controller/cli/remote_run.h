// `loadctl run --controller`: the same run, but on the agents of a controller that runs already.
// Not for reading the script or showing the results (run.cc). Main thread, blocking.
#pragma once

#include <string>

#include "common/daemon/tls.h"
#include "controller/cli/screen.h"
#include "controller/cli/signals.h"
#include "controller/plan/plan.h"
#include "controller/run/test_run.h"

namespace loadctl::cli {

struct RemoteController {
  std::string address;
  daemon::Tls tls;  ///< files
};

/// Submits the run and shows what it tells until it has ended. The first signal stops the run, the
/// second this program.
///
/// Fails (kGeneric) if the controller is not reached or refuses, (kAgentLost) if it is lost on the
/// way: whatever went wrong with the run itself is in the result.
[[nodiscard]] Result<controller::RunResult> RunRemotely(const RemoteController& controller,
                                                        const controller::RunInputs& inputs,
                                                        const std::string& script, Screen& screen,
                                                        Signals& signals);

/// With a remote controller __ENV has what -e gives and, as for k6's own cloud, the environment of
/// this machine only where --include-system-env-vars asks for it.
void KeepEnvironmentHere(plan::CommandLine& line, const plan::Environment& environment);

}  // namespace loadctl::cli
