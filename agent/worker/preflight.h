// Before the first VU is made: whether this machine can carry as many as are wanted.
// Pure but for ReadLimits(). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace loadctl::worker {

/// What the kernel allows this process; 0 = not known.
struct Limits {
  std::uint64_t descriptors = 0;       ///< RLIMIT_NOFILE
  std::uint64_t mappings = 0;          ///< vm.max_map_count
  std::uint64_t available_memory = 0;  ///< bytes, MemAvailable, or the rest of the control group's
  std::uint64_t local_ports = 0;       ///< size of net.ipv4.ip_local_port_range
};
[[nodiscard]] Limits ReadLimits();

struct Demand {
  std::uint64_t vus = 0;
  std::uint64_t vus_per_isolate = 1;
  std::uint64_t workers = 1;
};

/// Fails (kGeneric) where the VUs cannot exist: too few mappings or descriptors. What may suffice,
/// memory and ports, gives warnings. Each names the number needed and the cure.
[[nodiscard]] Result<std::vector<std::string>> Preflight(const Demand& demand,
                                                         const Limits& limits);

/// The most VUs that Preflight() lets pass, whatever `demand.vus` is; 0 where no limit is known.
[[nodiscard]] std::uint64_t MostVus(const Demand& demand, const Limits& limits);

/// How many requests of one worker may be under way beside its VUs' own (batches, asyncRequest) at
/// a time, for the mappings that these VUs leave.
[[nodiscard]] std::size_t TasksAtOnce(const Demand& demand, const Limits& limits);

}  // namespace loadctl::worker
