#include "controller/fleet/capacity.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace loadctl::fleet {
namespace {

// Measured with `loadctl run --agents 8` of a script that sleeps, in /proc/PID/status and fd: an
// agent has 14 threads with one worker, and 7 MB of its own; this process a thread and a socket for
// each. Agents beyond the cores only take turns: some are right for a test of the machinery, many
// are a slip of the finger.
constexpr std::uint64_t kAgentsPerCore = 16;
constexpr std::uint64_t kBytesPerAgent = std::uint64_t{16} << 20;
constexpr std::uint64_t kThreadsPerAgent = 14;  // without its workers
constexpr std::uint64_t kDescriptorsPerAgent = 2;
constexpr std::uint64_t kDescriptorsOfProcess = 100;

/// The file's number; 0 if there is none ("max").
std::uint64_t ReadNumber(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  file >> number;
  return file ? number : 0;
}

/// The lesser of two limits, of which 0 is none.
void Lower(std::uint64_t& limit, std::uint64_t other) {
  if (other != 0) limit = limit == 0 ? other : std::min(limit, other);
}

/// The folder of this process's cgroup (version 2); empty if there is none.
std::string CgroupFolder() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return "/sys/fs/cgroup" + line.substr(3);
  }
  return "";
}

std::uint64_t AvailableMemory() {
  std::ifstream memory("/proc/meminfo");
  for (std::string key; memory >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && memory >> kilobytes) return kilobytes << 10;
  }
  return 0;
}

std::uint64_t UsableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  return static_cast<std::uint64_t>(CPU_COUNT(&set));
}

}  // namespace

Machine ReadMachine() {
  Machine machine;
  machine.cores = UsableCores();
  machine.memory = AvailableMemory();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) machine.descriptors = limit.rlim_cur;
  // The kernel does not hold root to RLIMIT_NPROC.
  if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    machine.processes = limit.rlim_cur;
  Lower(machine.processes, ReadNumber("/proc/sys/kernel/threads-max"));
  Lower(machine.processes, ReadNumber("/proc/sys/kernel/pid_max"));
  if (const std::string folder = CgroupFolder(); !folder.empty()) {
    Lower(machine.processes, ReadNumber(folder + "/pids.max"));
    const std::uint64_t most = ReadNumber(folder + "/memory.max");
    const std::uint64_t used = ReadNumber(folder + "/memory.current");
    if (most != 0) Lower(machine.memory, std::max<std::uint64_t>(most - std::min(most, used), 1));
  }
  return machine;
}

Result<void> CheckCapacity(const LocalDemand& demand, const Machine& machine) {
  // One agent is what every run has: what it cannot have, it will say itself.
  if (demand.agents <= 1) return {};
  const std::uint64_t threads = kThreadsPerAgent + std::max<std::uint64_t>(demand.workers, 1);
  const auto check = [&](std::uint64_t most, const std::string& of) -> Result<void> {
    most = std::max<std::uint64_t>(most, 1);
    if (demand.agents <= most) return {};
    return Fail(ErrorCode::kInvalidConfig,
                "--agents " + std::to_string(demand.agents) +
                    " is more than this machine carries: at most " + std::to_string(most) +
                    " for " + of +
                    "; use fewer, or agents of other machines (--controller), or "
                    "--ignore-limits if you mean it");
  };
  if (machine.cores != 0) {
    LOADCTL_CHECK_OK(check(kAgentsPerCore * machine.cores,
                           std::to_string(machine.cores) +
                               (machine.cores == 1 ? " processor core" : " processor cores")));
  }
  if (machine.memory != 0) {
    LOADCTL_CHECK_OK(check(machine.memory / kBytesPerAgent,
                           std::to_string(machine.memory >> 20) + " MB of available memory"));
  }
  if (machine.descriptors != 0) {
    const std::uint64_t left =
        machine.descriptors - std::min(machine.descriptors, kDescriptorsOfProcess);
    LOADCTL_CHECK_OK(
        check(left / kDescriptorsPerAgent,
              std::to_string(machine.descriptors) + " descriptors of a process (ulimit -n)"));
  }
  if (machine.processes != 0) {
    LOADCTL_CHECK_OK(check(machine.processes / threads,
                           std::to_string(machine.processes) + " processes and threads"));
  }
  return {};
}

}  // namespace loadctl::fleet
