#include "controller/doctor/machine.h"

#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>
#include <utility>

#include "common/sandbox/cgroup.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/system_calls.h"

namespace loadctl::doctor {
namespace {

// What a machine needs for 1,000 VUs with a connection each (docs/operations/sizing.md).
constexpr std::uint64_t kFewDescriptors = 4096;
constexpr std::uint64_t kFewPorts = 20'000;
constexpr std::uint64_t kFewMappings = 65'530;  // the kernel's default: some 60,000 VUs
constexpr std::uint64_t kFewProcesses = 256;
constexpr std::uint64_t kFewBacklog = 1024;
constexpr std::uint64_t kLeastMemory = std::uint64_t{512} << 20;
constexpr double kMuchSteal = 0.02, kTooMuchSteal = 0.10;

std::optional<std::uint64_t> ReadNumber(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

struct Ticks {
  double all = 0, stolen = 0;
};

Ticks ReadTicks() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  Ticks ticks;
  // user nice system idle iowait irq softirq steal: proc(5)
  for (int i = 0; i < 8; ++i) {
    double one = 0;
    file >> one;
    ticks.all += one;
    if (i == 7) ticks.stolen = one;
  }
  return ticks;
}

void Lower(std::optional<std::uint64_t>& limit, std::optional<std::uint64_t> other) {
  if (other && *other != 0) limit = limit ? std::min(*limit, *other) : *other;
}

void ReadMemory(Machine& machine) {
  std::ifstream memory("/proc/meminfo");
  std::string unit;
  std::uint64_t kilobytes = 0;
  for (std::string key; memory >> key >> kilobytes; std::getline(memory, unit)) {
    if (key == "MemTotal:") machine.memory = kilobytes << 10;
    if (key == "MemAvailable:") machine.available_memory = kilobytes << 10;
  }
}

std::string Megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

/// A check of a number that should be at least so large.
Check AtLeast(const std::string& name, std::optional<std::uint64_t> number, std::uint64_t least,
              const std::string& what, const std::string& cure) {
  if (!number) return {name, State::kOk, "not known", ""};
  const bool few = *number < least;
  return {name, few ? State::kWarn : State::kOk, std::to_string(*number) + " " + what,
          few ? cure : ""};
}

Check JudgeDescriptors(const Machine& machine) {
  // Programs of loadctl take as many as they may.
  Check check = AtLeast(
      "descriptors", machine.most_descriptors, kFewDescriptors, "open files a process at most",
      "raise the hard limit: `ulimit -Hn 65536`, or LimitNOFILE=65536 of systemd");
  if (machine.most_descriptors < 64) check.state = State::kFail;
  return check;
}

Check JudgeMemory(const Machine& machine) {
  if (!machine.available_memory) return {"memory", State::kOk, "not known", ""};
  const std::string found = Megabytes(*machine.available_memory) + " of " +
                            Megabytes(machine.memory.value_or(0)) + " to be had";
  if (*machine.available_memory >= kLeastMemory) return {"memory", State::kOk, found, ""};
  return {"memory", State::kWarn, found,
          "end other programs, or take a larger machine: a VU takes 0.4 to 1.7 MB"};
}

Check JudgePorts(const Machine& machine) {
  if (!machine.first_port || !machine.last_port)
    return {"local ports", State::kOk, "not known", ""};
  const std::uint64_t ports =
      *machine.last_port >= *machine.first_port ? *machine.last_port - *machine.first_port + 1 : 0;
  const std::string found = std::to_string(ports) + " for each address of a target (" +
                            std::to_string(*machine.first_port) + " to " +
                            std::to_string(*machine.last_port) + ")";
  if (ports >= kFewPorts) return {"local ports", State::kOk, found, ""};
  return {"local ports", State::kWarn, found,
          "`sysctl net.ipv4.ip_local_port_range=\"1024 65535\"`"};
}

Check JudgeReuse(const Machine& machine) {
  if (!machine.tcp_tw_reuse) return {"tcp_tw_reuse", State::kOk, "not known", ""};
  // 2: on loopback only, the kernel's default.
  if (*machine.tcp_tw_reuse == 1)
    return {"tcp_tw_reuse", State::kOk, "ports of closed connections are used again", ""};
  return {"tcp_tw_reuse", State::kWarn, "a port rests for a minute after its connection was closed",
          "`sysctl net.ipv4.tcp_tw_reuse=1`, where scripts do not keep connections"};
}

Check JudgeCores(const Machine& machine) {
  std::string found = std::to_string(machine.usable_cores) + " of " +
                      std::to_string(machine.cores) + " processor cores";
  if (machine.cpus > 0 && machine.cpus < 1) {
    return {"processor", State::kWarn,
            found + ", with a quota of " + Percent(machine.cpus) + " of one",
            "give the control group a whole core: below it an agent stands still in each period"};
  }
  return {"processor", State::kOk, found, ""};
}

Check JudgeSteal(const Machine& machine) {
  const std::string found = Percent(machine.steal) + " of the processor's time is kept by its host";
  if (machine.steal < kMuchSteal) return {"steal", State::kOk, found, ""};
  return {"steal", machine.steal < kTooMuchSteal ? State::kWarn : State::kFail, found,
          "take a machine with cores of its own: others' load shows in percentiles"};
}

Check JudgeGovernor(const Machine& machine) {
  if (machine.governor.empty()) return {"governor", State::kOk, "none to be set here", ""};
  if (machine.governor == "performance") return {"governor", State::kOk, machine.governor, ""};
  return {"governor", State::kWarn, machine.governor + ": a core that was idle is slow at first",
          "`cpupower frequency-set -g performance`"};
}

Check JudgeClock(const Machine& machine) {
  if (!machine.clock_synchronized) return {"clock", State::kOk, "not known", ""};
  if (*machine.clock_synchronized) return {"clock", State::kOk, "kept by a time service", ""};
  return {"clock", State::kWarn, "kept by nobody: the kernel says unsynchronized",
          "run chrony or systemd-timesyncd: outputs and certificates go by it, figures do not"};
}

Checks JudgeSandbox(const Machine& machine) {
  Checks checks;
  checks.push_back(
      machine.landlock > 0
          ? Check{"landlock", State::kOk,
                  "version " + std::to_string(machine.landlock) +
                      ": agents open no file but what they need",
                  ""}
          : Check{"landlock", State::kWarn,
                  "the kernel has none: files are not fenced, and each agent has a process that "
                  "starts it afresh",
                  "a kernel of 5.13 or later with `landlock` in lsm=, or a container"});
  checks.push_back(machine.seccomp ? Check{"seccomp", State::kOk, "agents start no programs", ""}
                                   : Check{"seccomp", State::kWarn, "the kernel has no filters",
                                           "a kernel with CONFIG_SECCOMP_FILTER, or a container"});
  checks.push_back(
      {"control group", State::kOk,
       machine.cgroup == 0
           ? "none"
           : "version " + std::to_string(machine.cgroup) +
                 (machine.cpus > 0 ? ", processors limited" : "") +
                 (machine.may_limit ? "; agents may have one of their own (--memory-limit, "
                                      "--cpu-limit)"
                                    : "; not this user's to divide: limit agents where they are "
                                      "started"),
       ""});
  return checks;
}

}  // namespace

Machine ReadMachine(std::chrono::milliseconds interval) {
  Machine machine;
  const Ticks before = ReadTicks();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    machine.descriptors = limit.rlim_cur;
    machine.most_descriptors = limit.rlim_max;
  }
  if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    machine.processes = limit.rlim_cur;
  Lower(machine.processes, ReadNumber("/proc/sys/kernel/threads-max"));
  Lower(machine.processes, ReadNumber("/proc/sys/kernel/pid_max"));
  ReadMemory(machine);
  machine.mappings = ReadNumber("/proc/sys/vm/max_map_count");
  machine.somaxconn = ReadNumber("/proc/sys/net/core/somaxconn");
  if (const auto reuse = ReadNumber("/proc/sys/net/ipv4/tcp_tw_reuse"))
    machine.tcp_tw_reuse = static_cast<int>(*reuse);
  std::ifstream ports("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint64_t first = 0, last = 0;
  if (ports >> first >> last) {
    machine.first_port = first;
    machine.last_port = last;
  }
  const sandbox::Cgroup group = sandbox::ReadCgroup();
  machine.cgroup = group.version;
  machine.cpus = group.cpus;
  machine.may_limit = sandbox::MayLimit();
  if (group.memory_limit != 0) {
    Lower(machine.memory, group.memory_limit);
    Lower(machine.available_memory,
          std::max<std::uint64_t>(
              group.memory_limit - std::min(group.memory_limit, group.memory_used), 1));
  }
  machine.cores = static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  machine.usable_cores = sandbox::UsableCores();
  std::ifstream("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") >> machine.governor;
  timex clock{};
  const int kept = ntp_adjtime(&clock);
  if (kept >= 0) machine.clock_synchronized = kept != TIME_ERROR;
  machine.landlock = sandbox::LandlockVersion();
  machine.seccomp = sandbox::CanFilterSystemCalls();
  std::this_thread::sleep_for(interval);
  const Ticks after = ReadTicks();
  if (after.all > before.all)
    machine.steal = (after.stolen - before.stolen) / (after.all - before.all);
  return machine;
}

Checks JudgeMachine(const Machine& machine) {
  Checks checks = {
      JudgeDescriptors(machine),
      AtLeast("processes", machine.processes, kFewProcesses, "processes and threads at most",
              "raise `ulimit -u`, TasksMax= of systemd, or pids.max of the control group"),
      JudgeMemory(machine),
      AtLeast("mappings", machine.mappings, kFewMappings, "memory mappings a process",
              "`sysctl vm.max_map_count=262144`"),
      JudgePorts(machine),
      JudgeReuse(machine),
      AtLeast("somaxconn", machine.somaxconn, kFewBacklog,
              "connections may wait to be accepted (a controller, a target on this machine)",
              "`sysctl net.core.somaxconn=4096`"),
      JudgeCores(machine),
      JudgeSteal(machine),
      JudgeGovernor(machine),
      JudgeClock(machine)};
  for (Check& check : JudgeSandbox(machine)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace loadctl::doctor
