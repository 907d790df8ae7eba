#include "common/sandbox/cgroup.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

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
  return Fail("the control group " + folder + " is not this process's to divide (" +
              std::strerror(errno) +
              "): set the limit where it is started (MemoryMax= of systemd, "
              "a container's)");
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

Result<void> LimitMemory(std::uint64_t bytes) {
  const std::string name = "/loadctl-agent-" + std::to_string(getpid());
  const std::string self = std::to_string(getpid());
  if (const auto place = FindPlace("", "memory")) {
    const std::string folder = place->mount + place->path + name;
    if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Refused(place->path);
    if (!Write(folder + "/memory.limit_in_bytes", std::to_string(bytes)) ||
        !Write(folder + "/cgroup.procs", self))
      return Refused(place->path);
    return {};
  }
  const auto place = FindPlace("", "");
  if (!place) return Fail("there are no control groups here");
  const std::string above = place->mount + place->path;
  const std::string folder = above + name;
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Refused(place->path);
  // A group that gives controllers to those below it has no process itself.
  if (!Write(folder + "/cgroup.procs", self) ||
      !Write(above + "/cgroup.subtree_control", "+memory") ||
      !Write(folder + "/memory.max", std::to_string(bytes))) {
    const auto refused = Refused(place->path);
    Write(above + "/cgroup.procs", self);
    rmdir(folder.c_str());
    return refused;
  }
  return {};
}

}  // namespace loadctl::sandbox
