#include "common/sandbox/cgroup.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace loadctl::sandbox {
namespace {

// Version 1 says "no limit" by a number of pages that is nearly 2^63 bytes.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

/// Where the process stands in a hierarchy.
struct Place {
  std::string mount;  ///< `/sys/fs/cgroup/memory`
  std::string path;   ///< below it: `/a/b`
};

std::optional<std::uint64_t> ReadNumber(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!(file >> text) || text == "max" || text.empty() || text.size() > 19 ||
      text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

bool HasWord(std::string_view list, std::string_view word) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    if (list.substr(at, comma - at) == word) return true;
    at = comma + 1;
  }
  return false;
}

/// Of a controller (`memory`); of the unified hierarchy if it is empty.
std::optional<Place> FindPlace(const std::string& root, std::string_view controller) {
  Place place;
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line), after(line.substr(dash + 3));
    std::string skip, inner, point, kind, source, options;
    before >> skip >> skip >> skip >> inner >> point;
    after >> kind >> source >> options;
    if (controller.empty() ? kind == "cgroup2" : kind == "cgroup" && HasWord(options, controller)) {
      place.mount = point;
      break;
    }
  }
  if (place.mount.empty()) return std::nullopt;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string_view names = std::string_view(line).substr(first + 1, second - first - 1);
    if (controller.empty() ? !line.starts_with("0::") : !HasWord(names, controller)) continue;
    place.path = line.substr(second + 1);
    if (place.path == "/") place.path.clear();
    return place;
  }
  return std::nullopt;
}

/// Calls `look` with the folder of the group and of each above it.
template <class Look>
void ForEachGroup(const std::string& root, const Place& place, const Look& look) {
  std::string path = place.path;
  while (true) {
    look(root + place.mount + path);
    if (path.empty()) return;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

void TakeMemory(const std::string& limit, const std::string& used, Cgroup& to) {
  const auto bytes = ReadNumber(limit);
  if (!bytes || *bytes >= kNoLimit || (to.memory_limit != 0 && *bytes >= to.memory_limit)) return;
  to.memory_limit = *bytes;
  to.memory_used = ReadNumber(used).value_or(0);
}

void TakeCpus(double quota, double period, Cgroup& to) {
  if (quota <= 0 || period <= 0) return;
  const double cpus = quota / period;
  to.cpus = to.cpus == 0 ? cpus : std::min(to.cpus, cpus);
}

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  return static_cast<bool>(file << text << std::flush);
}

Result<void> Refused(const std::string& folder) {
  return Fail("the control group " + (folder.empty() ? "/" : folder) +
              " is not this process's to divide (" + std::strerror(errno) +
              "): set the limit where it is started (MemoryMax= and CPUQuota= of systemd, "
              "a container's)");
}

constexpr std::string_view kPrefix = "loadctl-agent-";

/// Groups of agents that are gone: the kernel keeps them, and lets nobody remove one in use.
void Sweep(const std::string& above) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(above, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().starts_with(kPrefix)) rmdir(it->path().c_str());
  }
}

/// What is written to which file of a group.
struct Setting {
  std::string file, value;
};

/// Puts this process into a group of its own below the place; with `controllers` it is one of
/// version 2.
Result<void> Enter(const std::optional<Place>& place, const std::string& controllers,
                   const std::vector<Setting>& settings) {
  if (!place) return Fail("there is no control group for that here");
  const std::string above = place->mount + place->path, self = std::to_string(getpid());
  const std::string folder = above + "/" + std::string(kPrefix) + self;
  Sweep(above);
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Refused(place->path);
  // A group that gives controllers to those below it has no process itself.
  bool done = Write(folder + "/cgroup.procs", self) &&
              (controllers.empty() || Write(above + "/cgroup.subtree_control", controllers));
  for (const Setting& setting : settings)
    done = done && Write(folder + setting.file, setting.value);
  if (done) return {};
  auto refused = Refused(place->path);
  Write(above + "/cgroup.procs", self);
  rmdir(folder.c_str());
  return refused;
}

}  // namespace

Cgroup ReadCgroup(const std::string& root) {
  Cgroup out;
  if (const auto place = FindPlace(root, "")) {
    out.version = 2;
    ForEachGroup(root, *place, [&](const std::string& folder) {
      TakeMemory(folder + "/memory.max", folder + "/memory.current", out);
      std::ifstream cpu(folder + "/cpu.max");
      std::string quota;
      double period = 0;
      if (cpu >> quota >> period && quota != "max") TakeCpus(std::atof(quota.c_str()), period, out);
    });
  }
  if (const auto place = FindPlace(root, "memory")) {
    out.version = 1;
    ForEachGroup(root, *place, [&](const std::string& folder) {
      TakeMemory(folder + "/memory.limit_in_bytes", folder + "/memory.usage_in_bytes", out);
    });
  }
  if (const auto place = FindPlace(root, "cpu")) {
    out.version = 1;
    ForEachGroup(root, *place, [&](const std::string& folder) {
      const auto quota = ReadNumber(folder + "/cpu.cfs_quota_us");  // -1: none
      const auto period = ReadNumber(folder + "/cpu.cfs_period_us");
      if (quota && period) TakeCpus(static_cast<double>(*quota), static_cast<double>(*period), out);
    });
  }
  return out;
}

unsigned UsableCores() {
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());  // by affinity
  const double cpus = ReadCgroup().cpus;
  if (cpus > 0) cores = std::min(cores, static_cast<unsigned>(std::max(1.0, std::ceil(cpus))));
  return cores;
}

Result<void> LimitSelf(const Limits& limits) {
  constexpr std::uint64_t kPeriod = 100'000;  // microseconds, the kernel's own
  const std::string memory = std::to_string(limits.memory);
  const std::string quota =
      std::to_string(static_cast<std::uint64_t>(std::llround(limits.cpus * kPeriod)));
  const auto first_memory = FindPlace("", "memory"), first_cpu = FindPlace("", "cpu");
  if (first_memory || first_cpu) {
    if (limits.memory != 0)
      LOADCTL_CHECK_OK(Enter(first_memory, {}, {{"/memory.limit_in_bytes", memory}}));
    if (limits.cpus > 0) {
      LOADCTL_CHECK_OK(
          Enter(first_cpu, {},
                {{"/cpu.cfs_period_us", std::to_string(kPeriod)}, {"/cpu.cfs_quota_us", quota}}));
    }
    return {};
  }
  std::string controllers;
  std::vector<Setting> settings;
  if (limits.memory != 0) {
    controllers += "+memory";
    settings.push_back({"/memory.max", memory});
  }
  if (limits.cpus > 0) {
    controllers += controllers.empty() ? "+cpu" : " +cpu";
    settings.push_back({"/cpu.max", quota + " " + std::to_string(kPeriod)});
  }
  return Enter(FindPlace("", ""), controllers, settings);
}

bool MayLimit() {
  for (const char* controller : {"memory", "cpu"}) {
    const auto first = FindPlace("", controller);
    const auto place = first ? first : FindPlace("", "");
    if (!place) return false;
    const std::string folder = place->mount + place->path;
    if (access(folder.c_str(), W_OK) != 0) return false;
    if (first) continue;
    std::ifstream list(folder + "/cgroup.controllers");
    const std::string all((std::istreambuf_iterator<char>(list)), {});
    if ((" " + all + " ").find(controller) == std::string::npos) return false;
  }
  return true;
}

}  // namespace loadctl::sandbox
