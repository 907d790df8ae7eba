// This machine as a load generator: the kernel's limits, its processor, its clock, what can fence
// an agent. Pure but for ReadMachine(). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "controller/doctor/check.h"

namespace loadctl::doctor {

/// Numbers are absent where the kernel does not tell.
struct Machine {
  std::uint64_t descriptors = 0, most_descriptors = 0;  ///< RLIMIT_NOFILE, soft and hard
  std::optional<std::uint64_t> processes;  ///< the least limit on processes and threads
  std::optional<std::uint64_t> memory, available_memory;  ///< bytes; the control group's where less
  std::optional<std::uint64_t> mappings;                  ///< vm.max_map_count
  std::optional<std::uint64_t> somaxconn;                 ///< net.core.somaxconn
  std::optional<std::uint64_t> first_port, last_port;     ///< net.ipv4.ip_local_port_range
  std::optional<int> tcp_tw_reuse;                        ///< net.ipv4.tcp_tw_reuse
  unsigned cores = 1, usable_cores = 1;  ///< of the machine; by affinity and control group
  double cpus = 0;                       ///< quota of the control group; 0: none
  std::string governor;                  ///< of cpu0; empty: not known, as in most virtual machines
  double steal = 0;                      ///< share of the time since boot that a host kept
  std::optional<bool> clock_synchronized;  ///< the kernel's word (ntp_adjtime)
  int cgroup = 0;                          ///< version; 0: none
  bool may_limit = false;                  ///< an agent may have a group of its own
  int landlock = 0;                        ///< version; 0: none
  bool seccomp = false;
};

/// `steal` of an interval of that length: blocking.
[[nodiscard]] Machine ReadMachine(std::chrono::milliseconds interval);

[[nodiscard]] Checks JudgeMachine(const Machine& machine);

}  // namespace loadctl::doctor
