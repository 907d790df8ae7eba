// SIGINT and SIGTERM, taken by a thread of their own.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace loadctl::cli {

/// Blocks the two signals in this and all later threads; until OnFirst() they end the program as
/// usual. One per process, made before any thread.
class Signals final {
 public:
  Signals();
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

}  // namespace loadctl::cli
