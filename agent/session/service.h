// An agent that stays, as its machine sees it: signals end it, at once while it is idle, else after
// its run; systemd is told how it does, and that it lives (sd_notify(3)).
// Not for agents of `loadctl run` on one machine. Made before the first thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "agent/session/clock.h"
#include "agent/vu/loop.h"
#include "common/text/log_line.h"

namespace loadctl::session {

class Service final {
 public:
  struct Parts {
    vu::Loop& conductor;
    Clock& clock;
    std::string controller;  ///< its address, for people
    /// How long a run may go on after the first SIGTERM or SIGINT; 0: not at all.
    std::chrono::nanoseconds drain_limit;
    std::function<void(text::LogLevel, const std::string&)> say;  ///< any thread
    std::function<void()> reload;  ///< SIGHUP came; on the thread of signals
    /// Puts a warning into the log of the run that the agent works for. On the conductor.
    std::function<void(const std::string&)> warn_run;
  };
  /// SIGTERM, SIGINT and SIGHUP wait from here on, in this and all later threads, until there is a
  /// Service. They also wait in the program that this one becomes.
  static void HoldSignals();
  /// Whether a signal has asked the agent to end. Any thread, also from signal handlers.
  static bool Ending();

  explicit Service(Parts parts);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Any thread.
  void Registered();
  void Waits(const std::string& why);
  /// A run has come. On the conductor.
  void Works();

 private:
  void TakeSignals();
  void Told(const std::string& signal);
  void Tick();
  void Tell(const std::string& status) const;

  Parts parts_;
  bool working_ = false;
  vu::Timer limit_;
  Periodic ticks_;
  std::thread signals_;
};

}  // namespace loadctl::session
