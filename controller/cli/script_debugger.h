// `loadctl debug`: joins the script's V8, on the agent, and the debugger that the user connects.
// Not for either of them (controller/debugger, js/inspector.h). Main thread, but for what is said.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/error.h"
#include "controller/debugger/endpoint.h"
#include "controller/run/inputs.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

class ScriptDebugger final {
 public:
  /// Fails as debugger::Endpoint::Listen(). The logger says where to connect, once the script waits
  /// for it; it outlives this.
  static Result<std::unique_ptr<ScriptDebugger>> Open(const std::string& address,
                                                      const debugger::Target& target,
                                                      terminal::Logger& logger);
  ScriptDebugger(const ScriptDebugger&) = delete;
  ScriptDebugger& operator=(const ScriptDebugger&) = delete;

  /// What the run is told of it; this outlives the run.
  [[nodiscard]] std::shared_ptr<const controller::Debugging> For(bool pause_at_start);
  /// Where messages to the script go while there is a run; null: nowhere any more. Any thread calls
  /// it.
  void Bring(std::function<void(v1::Debugger)> tell);

 private:
  explicit ScriptDebugger(terminal::Logger& logger) : logger_(logger) {}
  void Hear(const v1::Debugger& message);
  void Tell(v1::Debugger::Kind kind, std::string text);

  terminal::Logger& logger_;
  std::mutex mutex_;
  std::function<void(v1::Debugger)> tell_;
  bool waits_ = false;                // the script, or it did
  std::deque<v1::Debugger> waiting_;  // until it does
  std::string begun_;                 // a message to the client of which more comes
  std::unique_ptr<debugger::Endpoint> endpoint_;
};

}  // namespace loadctl::cli
