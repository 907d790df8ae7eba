// `loadctl run --controller`: the same run, but on the agents of a controller that runs already.
// Not for reading the script or showing the results (run.cc). Main thread, blocking.
#pragma once

#include <string>

#include "common/daemon/tls.h"
#include "controller/cli/signals.h"
#include "controller/events/publisher.h"
#include "controller/plan/plan.h"
#include "controller/rest/controls.h"
#include "controller/rest/view.h"
#include "controller/run/inputs.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

struct RemoteController {
  std::string address;
  daemon::Tls tls;         ///< files
  std::string token_file;  ///< empty: found by the address
  bool wait = false;       ///< while it is busy with another run
};

/// This side of a remote run; all of it outlives the call.
struct RemoteSide {
  events::Publisher& events;  ///< gets the run's events as if it were here
  const rest::View& view;     ///< one of its subscribers
  rest::Controls& controls;   ///< by which its page steers it
  terminal::Logger& logger;
  Signals& signals;
};

/// Submits the run and forwards what it tells until it has ended. The first signal stops the run,
/// the second this program.
///
/// Fails (kGeneric) if the controller is not reached or refuses, (kAgentLost) if it is lost on the
/// way: whatever went wrong with the run itself is in the outcome.
[[nodiscard]] Result<v1::Outcome> RunRemotely(const RemoteController& controller,
                                              const controller::RunInputs& inputs,
                                              const RemoteSide& side);

/// Submits the run and leaves it there; its id. Fails (kGeneric) if the controller is not reached
/// or refuses.
[[nodiscard]] Result<std::string> SubmitDetached(const RemoteController& controller,
                                                 const controller::RunInputs& inputs);

/// With a remote controller __ENV has what -e gives and, as for k6's own cloud, the environment of
/// this machine only where --include-system-env-vars asks for it.
void KeepEnvironmentHere(plan::CommandLine& line, const plan::Environment& environment);

}  // namespace loadctl::cli
