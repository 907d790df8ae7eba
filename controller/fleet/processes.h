// Child processes of the controller: local agents and inspectors.
// Start() on the main thread, which must outlive them: they die with the thread that started them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"

namespace loadctl::fleet {

/// Path of a program that comes with this one: beside it, else found in PATH. Fails if there is
/// none.
[[nodiscard]] Result<std::string> FindProgram(const std::string& name);
[[nodiscard]] Result<std::string> FindAgentProgram();  ///< loadctl-agent

enum class ChildEnvironment { kInherited, kEmpty };

/// Starts a program; `keep_descriptor` (or -1) stays open in it under the same number.
[[nodiscard]] Result<pid_t> Spawn(const std::string& program,
                                  const std::vector<std::string>& arguments, int keep_descriptor,
                                  ChildEnvironment environment);

/// How a process ended: `exited with status 70`, `was killed by signal 9 (Killed)`.
[[nodiscard]] std::string DescribeStatus(int wait_status);

/// Local agents: started together, watched, and gone when this is.
class LocalAgents final {
 public:
  using Ended = std::function<void(int agent, const std::string& how)>;
  /// `ended` is called on a thread of this when an agent's process ends by itself.
  explicit LocalAgents(Ended ended) : ended_(std::move(ended)) {}
  ~LocalAgents();
  LocalAgents(const LocalAgents&) = delete;
  LocalAgents& operator=(const LocalAgents&) = delete;

  /// What Start() asks between two agents.
  struct Progress {
    std::function<int()> attached;  ///< how many have come so far
    std::function<bool()> stopped;  ///< whether nobody wants them any more
  };
  /// Starts `count` agents, a few at a time: the next ones when the ones before have attached, so
  /// that they do not hinder one another. Ends early, without an error, once `stopped` says so or
  /// one has ended by itself. Fails if a process cannot be started.
  Result<void> Start(const std::string& program, const std::string& address, int count,
                     const Progress& progress);
  /// Waits for all to end; kills those that have not by then.
  void Wait(std::chrono::milliseconds patience);

 private:
  struct Child {
    pid_t pid = 0;
    bool gone = false;
    std::thread waiter;
  };
  bool Await(int started, int most, const Progress& progress);

  Ended ended_;
  std::mutex mutex_;
  bool waiting_ = false;
  bool one_ended_ = false;
  std::vector<Child> children_;
};

}  // namespace loadctl::fleet
