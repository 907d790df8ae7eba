// What a run can be controlled by while it goes on: the REST API on TCP where the user asks for it,
// and always on a Unix socket of his own. Main thread; the server has one of its own.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/fleet/fleet.h"
#include "controller/plan/plan.h"
#include "controller/rest/routes.h"
#include "controller/run/test_run.h"
#include "controller/terminal/log.h"
#include "controller/web/server.h"

namespace loadctl::cli {

class RestApi final {
 public:
  /// `ask` gets what is for the run, on the server's thread, and outlives this.
  RestApi(const std::string& script, rest::Ask ask);
  /// For a run that is executed on `fleet` here.
  RestApi(const std::string& script, fleet::Fleet& fleet, controller::TestRun& run);

  /// Fails (kCannotHaveApi) only where an address was given by flag and cannot be had: anything
  /// else is a warning, as in k6.
  Result<void> Open(const plan::RuntimeOptions& options, terminal::Logger& logger);

 private:
  web::Server server_;
};

}  // namespace loadctl::cli
