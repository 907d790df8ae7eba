// Before the first local agent is started: whether this machine carries as many as are wanted.
// Not for what one agent's VUs need (agent/worker/preflight.h). Pure but for ReadMachine().
#pragma once

#include <cstdint>

#include "common/base/error.h"

namespace loadctl::fleet {

/// What this machine, and this process's part of it, has; 0 = not known.
struct Machine {
  std::uint64_t cores = 0;
  std::uint64_t memory = 0;       ///< bytes to be had: MemAvailable, or the rest of the cgroup's
  std::uint64_t descriptors = 0;  ///< RLIMIT_NOFILE
  std::uint64_t processes = 0;    ///< processes and threads: the least of the limits on them
};
[[nodiscard]] Machine ReadMachine();

/// So many agents, with so many worker threads each; 0 workers: one.
struct LocalDemand {
  std::uint64_t agents = 1;
  std::uint64_t workers = 0;
};

/// Fails (kInvalidConfig) naming what does not suffice, how many agents there may be, and the flag
/// that starts them all the same.
[[nodiscard]] Result<void> CheckCapacity(const LocalDemand& demand, const Machine& machine);

}  // namespace loadctl::fleet
