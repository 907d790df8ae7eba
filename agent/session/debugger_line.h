// The line between V8's inspector on this agent and a debugger at the controller.
// Not for what is said on it (js/inspector.h). The conductor's thread; V8 speaks on others.
#pragma once

#include <memory>
#include <string>

#include "agent/js/engine.h"
#include "agent/session/agent_link.h"
#include "agent/vu/group.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class DebuggerLine final {
 public:
  /// The link outlives it and what was made in its group.
  DebuggerLine(const js::HeapLimits& limits, const v1::Debugging& debugging, AgentLink& link);
  ~DebuggerLine() { Close(); }
  DebuggerLine(const DebuggerLine&) = delete;
  DebuggerLine& operator=(const DebuggerLine&) = delete;

  /// What the script's VUs are made in: one debugger sees them all.
  [[nodiscard]] const std::shared_ptr<vu::Group>& group() const { return group_; }
  /// From the controller.
  void Take(const v1::Debugger& message);
  /// The run stops: scripts wait for no debugger any more.
  void Close() { group_->inspector()->Close(); }

 private:
  const std::shared_ptr<vu::Group> group_;
  std::string begun_;  // a message of which more comes
};

}  // namespace loadctl::session
