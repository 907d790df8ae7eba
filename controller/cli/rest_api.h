// What a run can be controlled by while it goes on: the REST API on TCP where the user asks for it,
// and always on a Unix socket of his own. Main thread; the server has one of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/daemon/token.h"
#include "controller/plan/plan.h"
#include "controller/rest/routes.h"
#include "controller/rest/view.h"
#include "controller/terminal/log.h"
#include "controller/web/server.h"

namespace loadctl::cli {

class RestApi final {
 public:
  /// Nothing: done, and the answer is what the view shows.
  using Reply = std::function<void(std::optional<rest::Response>)>;
  /// Gets what is for the run to do, on the server's thread.
  using Ask = std::function<void(const rest::Command&, Reply)>;

  /// `view` must outlive this.
  RestApi(const std::string& script, const rest::View& view, Ask ask);

  /// Fails (kCannotHaveApi) only where an address was given by flag and cannot be had: anything
  /// else is a warning, as in k6.
  Result<void> Open(const plan::RuntimeOptions& options, terminal::Logger& logger);

 private:
  Result<void> OpenTcp(const plan::RuntimeOptions& options);

  std::optional<daemon::TokenFile> token_file_;
  web::Server server_;
};

}  // namespace loadctl::cli
