// `loadctl agents --controller`: the agents that a controller has, whether they work or wait.
// Not for those of a running test (control.cc). Main thread, blocking.
#pragma once

#include <string>

#include "common/base/error.h"
#include "controller/service/runs_client.h"

namespace loadctl::cli {

/// A controller as a command line names it: files of PEM, empty where there is none. Fails in plain
/// words on a file that cannot be read, or no address.
struct ControllerFlags {
  std::string address, tls_cert, tls_key, tls_ca, token_file;
  [[nodiscard]] Result<wire::DialOptions> Dial() const;
};

/// A table, or with `json` an object a line. Fails as service::RunsClient does.
[[nodiscard]] Result<std::string> AgentsOfController(const ControllerFlags& controller, bool json);

}  // namespace loadctl::cli
