// The control group that this process is in: what it allows, and a limit of our own in it.
// Version 2, and the memory and cpu controllers of version 1. Blocking, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/error.h"

namespace loadctl::sandbox {

/// What the group and those above it allow; 0: no limit, or not known.
struct Cgroup {
  std::uint64_t memory_limit = 0;  ///< bytes
  std::uint64_t memory_used = 0;   ///< by the group with that limit
  double cpus = 0;                 ///< of cpu.max
  int version = 0;                 ///< 0: there are no control groups
};

/// `root` is before /proc and /sys, for tests.
[[nodiscard]] Cgroup ReadCgroup(const std::string& root = "");

/// Cores that threads of this process may use at a time: by affinity and by its group, rounded up,
/// at least one.
[[nodiscard]] unsigned UsableCores();

/// 0: none.
struct Limits {
  std::uint64_t memory = 0;  ///< bytes
  double cpus = 0;           ///< of time, of all cores together: 1.5 is one and a half of them
};

/// Puts this process into a group of its own with these limits, below its own; what it makes goes
/// there, too. Groups of agents that are gone are removed. Fails (kGeneric) in words where it may
/// not: no group is its own to divide.
[[nodiscard]] Result<void> LimitSelf(const Limits& limits);

/// Whether it looks as if LimitSelf() will not be refused; makes nothing.
[[nodiscard]] bool MayLimit();

}  // namespace loadctl::sandbox
