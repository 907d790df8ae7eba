// Tells systemd how a service does (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET
// names, if it names one. Not for logs (journal.h). Any thread.
#pragma once

#include <chrono>
#include <string>

namespace loadctl::daemon {

/// Sends one state, such as `READY=1` or `STATUS=2 agents, idle`; several are separated by line
/// feeds. Never waits; what cannot be sent is lost.
void Notify(const std::string& state);

/// What this process has told, whether or not there was a socket.
struct Told {
  bool ready = false;
  std::string status;
  std::chrono::steady_clock::time_point lived{};  ///< the last WATCHDOG=1, or READY=1
};
[[nodiscard]] Told LastTold();

}  // namespace loadctl::daemon
