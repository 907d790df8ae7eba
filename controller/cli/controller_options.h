// The flags of `loadctl controller`, from its command line and configuration file.
// Not for serving (controller.cc). Main thread.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/daemon/tls_files.h"
#include "controller/fleet/quotas.h"

namespace loadctl::cli {

struct ControllerOptions {
  std::string listen;
  std::shared_ptr<daemon::TlsFiles> tls;
  std::string revoked, token_file, join_tokens, audit_log;
  std::set<std::string> allowed_agents;  ///< empty: any
  std::string metrics_address;           ///< empty: no metrics
  bool metrics_tls = false;              ///< with the controller's certificate
  std::string web_address;               ///< empty: no pages of runs
  std::string web_control;               ///< token by which pages may steer; empty: they may not
  std::string history;                   ///< empty: runs are not recorded
  std::chrono::milliseconds exit_when_idle{0};  ///< 0: never
  std::string log_format;
  fleet::SharedQuotas quotas = std::make_shared<fleet::Quotas>();
};

/// Fails (kGeneric) naming the flag, or file and line.
[[nodiscard]] Result<ControllerOptions> ReadControllerOptions(
    std::span<const std::string> arguments);

[[nodiscard]] std::string ControllerHelp();

}  // namespace loadctl::cli
