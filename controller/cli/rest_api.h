// What a local run can be controlled by while it goes on: the REST API on TCP where the user asks
// for it, and always on a Unix socket of his own. Main thread; the server has one of its own.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/fleet/fleet.h"
#include "controller/plan/plan.h"
#include "controller/rest/server.h"
#include "controller/run/test_run.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

class RestApi final {
 public:
  /// `fleet` is the one that `run` is executed on; both outlive this.
  RestApi(fleet::Fleet& fleet, controller::TestRun& run, const std::string& script);

  /// Fails, having logged why, only where an address was given by flag and cannot be had
  /// (kCannotHaveApi): anything else is a warning, as in k6.
  Result<void> Open(const plan::RuntimeOptions& options, terminal::Logger& logger);

 private:
  rest::Server server_;
};

}  // namespace loadctl::cli
