// Sends the run's lines for the user's terminal, ten times a second.
// The conductor's thread, but for Add().
#pragma once

#include <utility>

#include "agent/session/agent_link.h"
#include "agent/session/clock.h"
#include "agent/session/log_buffer.h"

namespace loadctl::session {

class LogSender final {
 public:
  LogSender(Clock& clock, AgentLink& link);

  void Add(vu::LogLine line) { buffer_.Add(std::move(line)); }  ///< any thread
  /// Now, so that they come before what is sent next.
  void Flush();

 private:
  AgentLink& link_;
  LogBuffer buffer_;
  Periodic periodic_;
};

}  // namespace loadctl::session
