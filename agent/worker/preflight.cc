#include "agent/worker/preflight.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "agent/vu/loop.h"
#include "common/sandbox/cgroup.h"

namespace loadctl::worker {
namespace {

// Measured with scripts/dev bench (vus): mappings of an isolate (9 to 15) and of a fiber; resident
// memory of a VU after warm-up, alone in its isolate and in a group.
constexpr std::uint64_t kMappingsPerIsolate = 16;
constexpr std::uint64_t kMappingsPerVu = 1;
constexpr std::uint64_t kMappingsOfProcess = 1500;
constexpr std::uint64_t kBytesPerVuAlone = 1700u << 10;
constexpr std::uint64_t kBytesPerVuGrouped = 400u << 10;
constexpr std::uint64_t kDescriptorsOfProcess = 100;

std::uint64_t ReadNumber(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  file >> number;
  return number;
}

std::uint64_t IsolatesOf(const Demand& demand) {
  const std::uint64_t per = std::max<std::uint64_t>(demand.vus_per_isolate, 1);
  return (demand.vus + per - 1) / per + demand.workers;
}

std::uint64_t MappingsOf(const Demand& demand) {
  return kMappingsOfProcess + IsolatesOf(demand) * kMappingsPerIsolate +
         demand.vus * kMappingsPerVu;
}

std::string Megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

}  // namespace

Limits ReadLimits() {
  Limits limits;
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) limits.descriptors = descriptors.rlim_cur;
  limits.mappings = ReadNumber("/proc/sys/vm/max_map_count");
  std::ifstream ports("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint64_t low = 0, high = 0;
  if (ports >> low >> high && high >= low) limits.local_ports = high - low + 1;
  std::ifstream memory("/proc/meminfo");
  for (std::string key; memory >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && memory >> kilobytes) {
      limits.available_memory = kilobytes << 10;
      break;
    }
  }
  if (const auto group = sandbox::ReadCgroup(); group.memory_limit != 0) {
    const std::uint64_t left = group.memory_limit - std::min(group.memory_limit, group.memory_used);
    limits.available_memory = std::max<std::uint64_t>(std::min(limits.available_memory, left), 1);
  }
  return limits;
}

Result<std::vector<std::string>> Preflight(const Demand& demand, const Limits& limits) {
  const std::uint64_t per = std::max<std::uint64_t>(demand.vus_per_isolate, 1);
  const std::string vus = std::to_string(demand.vus) + " VUs on this agent need ";

  const std::uint64_t mappings = MappingsOf(demand);
  if (limits.mappings != 0 && mappings > limits.mappings) {
    return Fail(vus + std::to_string(mappings) + " memory mappings, and vm.max_map_count allows " +
                std::to_string(limits.mappings) + ": use more agents, --vus-per-isolate=16, or " +
                "`sysctl vm.max_map_count=" + std::to_string(2 * mappings) + "`");
  }
  const std::uint64_t descriptors = kDescriptorsOfProcess + demand.vus;
  if (limits.descriptors != 0 && descriptors > limits.descriptors) {
    return Fail(vus + std::to_string(descriptors) + " descriptors, and the limit is " +
                std::to_string(limits.descriptors) +
                ": use more agents, or raise the hard limit (" + "`ulimit -Hn " +
                std::to_string(2 * descriptors) + "`, LimitNOFILE= of systemd)");
  }
  std::vector<std::string> warnings;
  const std::uint64_t memory = demand.vus * (per > 1 ? kBytesPerVuGrouped : kBytesPerVuAlone);
  if (limits.available_memory != 0 && memory > limits.available_memory) {
    warnings.push_back(vus + "about " + Megabytes(memory) + " of memory, and " +
                       Megabytes(limits.available_memory) +
                       " are available: use fewer VUs, more machines, or --vus-per-isolate=16");
  }
  if (limits.local_ports != 0 && demand.vus > limits.local_ports) {
    warnings.push_back(vus + "as many local ports, and net.ipv4.ip_local_port_range has " +
                       std::to_string(limits.local_ports) +
                       " for each target address: widen it, or use more agents on other machines");
  }
  return warnings;
}

std::uint64_t MostVus(const Demand& demand, const Limits& limits) {
  const auto left = [](std::uint64_t limit, std::uint64_t used) {
    return limit > used ? limit - used : 1;
  };
  std::uint64_t most = 0;
  if (limits.descriptors != 0) most = left(limits.descriptors, kDescriptorsOfProcess);
  if (limits.mappings != 0) {
    const std::uint64_t per = std::max<std::uint64_t>(demand.vus_per_isolate, 1);
    // An isolate that is not full counts as one.
    const std::uint64_t others = kMappingsOfProcess + (demand.workers + 1) * kMappingsPerIsolate;
    const std::uint64_t vus = std::max<std::uint64_t>(
        left(limits.mappings, others) * per / (kMappingsPerIsolate + per * kMappingsPerVu), 1);
    most = most == 0 ? vus : std::min(most, vus);
  }
  return most;
}

std::size_t TasksAtOnce(const Demand& demand, const Limits& limits) {
  constexpr std::uint64_t kFewest = 64;
  const std::uint64_t used = MappingsOf(demand);
  if (limits.mappings == 0) return vu::TaskTurns::kMost;
  const std::uint64_t spare = limits.mappings > used ? limits.mappings - used : 0;
  // Half of what is left: V8 maps more when it must.
  const std::uint64_t each =
      spare / 2 / kMappingsPerVu / std::max<std::uint64_t>(demand.workers, 1);
  return std::clamp<std::uint64_t>(each, kFewest, vu::TaskTurns::kMost);
}

}  // namespace loadctl::worker
