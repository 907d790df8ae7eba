// HttpDebug: logs requests and answers (k6's `httpDebug`), in the form of k6.
// Not for measuring: what is logged is what was sent and what came. One VU's; its worker's thread.
#pragma once

#include <string>

#include "agent/modules/http/script_request.h"
#include "agent/net/client/http_client.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

class HttpDebug final {
 public:
  /// Reads the option; Log() does nothing where it is empty.
  explicit HttpDebug(vu::Vu& vu) : vu_(vu) {}

  /// Two lines at the level of information: the head of a hop's request, and of its answer if one
  /// came; with `full` their bodies behind them, the answer's decoded, 64 KiB of each at most.
  void Log(const ScriptRequest& sent, const net::Hop& hop);

 private:
  vu::Vu& vu_;
};

/// A request as HTTP/1.1 writes it, with line feeds alone; `body` behind the empty line.
[[nodiscard]] std::string ShownRequest(const net::Hop& hop, std::string_view user_agent, bool close,
                                       bool body);
/// An answer in the order of Go: its length, then the other fields by name.
[[nodiscard]] std::string ShownResponse(const net::Exchange& exchange, bool body);

}  // namespace loadctl::modules::http
