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

/// Puts this process into a group of its own with that limit, below its own; what it makes goes
/// there, too. Fails (kGeneric) in words where it may not: no group is its own to divide.
[[nodiscard]] Result<void> LimitMemory(std::uint64_t bytes);

}  // namespace loadctl::sandbox
