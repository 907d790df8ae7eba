// Child processes of the controller: local agents and inspectors.
// Start() on the main thread, which must outlive them: they die with the thread that started them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loadctl::fleet {

/// Path of a program that comes with this one: beside it, else found in PATH. Fails if there is
/// none.
[[nodiscard]] Result<std::string> FindProgram(const std::string& name);
[[nodiscard]] Result<std::string> FindAgentProgram();  ///< loadctl-agent

enum class ChildEnvironment { kInherited, kEmpty };

/// Starts a program; the descriptors `kept` (or -1) stay open in it under the same numbers.
[[nodiscard]] Result<pid_t> Spawn(const std::string& program,
                                  const std::vector<std::string>& arguments,
                                  std::initializer_list<int> kept, ChildEnvironment environment);

/// How a process ended: `exited with status 70`, `was killed by signal 9 (Killed)`.
[[nodiscard]] std::string DescribeStatus(int wait_status);

/// An agent process that was started to look at a script, and may go on as an agent. It ends with
/// its socket, so with this.
class SpareAgent final {
 public:
  enum class Future { kNone, kAgent };
  /// kAgent: it has the environment and the current folder of any local agent, and may GoOn().
  /// `files`: of bundle::SharedFiles, or -1.
  static Result<SpareAgent> Start(const std::string& program, Future future, int files = -1);
  SpareAgent(SpareAgent&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), socket_(std::exchange(other.socket_, -1)) {}
  SpareAgent& operator=(SpareAgent&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~SpareAgent();

  [[nodiscard]] int socket() const { return socket_; }
  /// Its process has ended, or will at once: how. One that does not within 5 s is killed.
  std::string End();
  /// Makes it an agent; it is the caller's child from here on.
  Result<pid_t> GoOn(const std::string& controller, int number);

 private:
  SpareAgent(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  pid_t pid_;
  int socket_;
};

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
  /// Starts agents 1 to `count`, a few at a time: the next ones when the ones before have attached,
  /// so that they do not hinder one another. With `first`, that goes on as agent 1. Ends early,
  /// without an error, once `stopped` says so, one has ended by itself, or none has come for 20 s.
  /// Fails if a process cannot be started. `files`: of bundle::SharedFiles, or -1; `first` has it.
  Result<void> Start(const std::string& program, const std::string& address, int count,
                     const Progress& progress, std::optional<SpareAgent> first = std::nullopt,
                     int files = -1);
  /// Waits for all to end; kills those that have not by then.
  void Wait(std::chrono::milliseconds patience);

 private:
  struct Child {
    pid_t pid = 0;
    bool gone = false;
    std::thread waiter;
  };
  bool Await(int started, int most, const Progress& progress);
  void Watch(int number, pid_t pid);

  Ended ended_;
  std::mutex mutex_;
  bool waiting_ = false;
  bool one_ended_ = false;
  std::vector<Child> children_;
};

}  // namespace loadctl::fleet
