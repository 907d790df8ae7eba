// SIGINT and SIGTERM, and SIGHUP where it is wanted, taken by a thread of their own.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace loadctl::cli {

/// Blocks the signals in this and all later threads; until OnFirst() they end the program as
/// usual. One per process, made before any thread.
class Signals final {
 public:
  /// With `hang_up`, SIGHUP calls it, on the signals' thread, and ends nothing.
  explicit Signals(std::function<void()> hang_up = {});
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// From here on the first signal calls `first` with k6's name for it (`interrupt`, `terminated`),
  /// the second calls `second`. On the signals' thread.
  void Trap(std::function<void(const std::string&)> first, std::function<void()> second);
  /// As before Trap().
  void Release();

 private:
  struct State;
  State* state_;
  std::thread thread_;
};

/// Ends the process with `status` and one line if this lives longer than `patience`: for the end of
/// a run, when all is told, so that agents, threads and streams that do not end cannot hold it up.
/// One at a time; it takes no memory and no thread.
class EndInTime final {
 public:
  EndInTime(std::chrono::seconds patience, int status);
  ~EndInTime();
  EndInTime(const EndInTime&) = delete;
  EndInTime& operator=(const EndInTime&) = delete;
};

}  // namespace loadctl::cli
