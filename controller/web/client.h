// Asks a web server of a run or a controller, as the commands pause, resume, scale, status, stats
// and stop do. Blocking; any thread.
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.h"

namespace loadctl::web {

struct Answer {
  int status = 0;
  std::string body;
};

/// How to ask at a port.
struct Asking {
  std::string token;   ///< shown as `Authorization: Bearer`; empty: none
  std::string tls_ca;  ///< PEM text of the authority; empty: plain HTTP
};

/// Where a run listens: `host:port`, or `unix:/path`.
///
/// Fails if nobody answers within `patience`; an answer that says no is an answer.
[[nodiscard]] Result<Answer> Ask(const std::string& address, const std::string& method,
                                 const std::string& target, const std::string& body,
                                 std::chrono::milliseconds patience, const Asking& asking = {});

}  // namespace loadctl::web
