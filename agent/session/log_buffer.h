// Lines for the user's terminal, gathered from all threads until the conductor sends them.
// Any thread; one lock, never held while anything waits.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "agent/vu/vu.h"

namespace loadctl::session {

class LogBuffer final {
 public:
  /// Keeps the line, or counts it as suppressed if too many came since the last Take().
  void Add(vu::LogLine line);

  struct Taken {
    std::vector<vu::LogLine> lines;
    std::uint64_t suppressed = 0;
  };
  Taken Take();

 private:
  static constexpr std::size_t kMaxLines = 300;
  static constexpr std::size_t kMaxBytes = 512u << 10;
  std::mutex mutex_;
  Taken kept_;
  std::size_t bytes_ = 0;
};

}  // namespace loadctl::session
