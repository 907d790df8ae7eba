// Addresses that loadctl's own streams use: `host:port`, `[v6]:port` and `unix:/path`.
// Not for the targets of a test (agent/net). Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::daemon {

struct Endpoint {
  std::string host;  ///< without brackets; empty for a Unix socket
  std::string port;
  std::string path;  ///< of a Unix socket, else empty
};

/// Fails (kGeneric) naming what is wrong with the text; names are not looked up.
[[nodiscard]] Result<Endpoint> ParseEndpoint(std::string_view address);

/// Whether bytes to this address stay on this machine: a Unix socket, `localhost`, 127.0.0.0/8,
/// ::1.
[[nodiscard]] bool IsLocal(const Endpoint& endpoint);

}  // namespace loadctl::daemon
