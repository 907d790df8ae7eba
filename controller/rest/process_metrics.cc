#include "controller/rest/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace loadctl::rest {
namespace {

/// Appends one metric in three lines.
void Put(std::string& out, std::string_view name, std::string_view type, std::string_view help,
         double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.15g", value);
  const std::string full = "process_" + std::string(name);
  out += "# HELP " + full + " " + std::string(help) + "\n";
  out += "# TYPE " + full + " " + std::string(type) + "\n";
  out += full + " " + text.data() + "\n";
}

/// The entries of a folder, but for `.` and `..`.
std::optional<double> CountEntries(const char* path) {
  DIR* folder = opendir(path);
  if (folder == nullptr) return std::nullopt;
  int count = -3;  // these two, and the folder's own descriptor
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

struct Stat {
  double start_seconds = 0;  // since the machine's start
  double virtual_bytes = 0, resident_bytes = 0;
};

/// Fields of /proc/self/stat; the program's name before them may hold anything but is in brackets.
std::optional<Stat> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int number = 3; number < 22; ++number) fields >> skipped;
  Stat stat;
  double resident_pages = 0;
  fields >> stat.start_seconds >> stat.virtual_bytes >> resident_pages;
  if (!fields) return std::nullopt;
  stat.start_seconds /= static_cast<double>(sysconf(_SC_CLK_TCK));
  stat.resident_bytes = resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  return stat;
}

/// Since 1970.
std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    double seconds = 0;
    if (std::sscanf(line.c_str(), "btime %lf", &seconds) == 1) return seconds;
  }
  return std::nullopt;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::string ProcessMetrics() {
  std::string out;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    Put(out, "cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
        Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Put(out, "max_fds", "gauge", "Maximum number of open file descriptors.",
        static_cast<double>(limit.rlim_cur));
  }
  if (const auto open = CountEntries("/proc/self/fd"))
    Put(out, "open_fds", "gauge", "Number of open file descriptors.", *open);
  const auto stat = ReadStat();
  if (!stat) return out;
  Put(out, "resident_memory_bytes", "gauge", "Resident memory size in bytes.",
      stat->resident_bytes);
  if (const auto boot = BootTime()) {
    Put(out, "start_time_seconds", "gauge",
        "Start time of the process since unix epoch in seconds.", *boot + stat->start_seconds);
  }
  Put(out, "virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", stat->virtual_bytes);
  return out;
}

}  // namespace loadctl::rest
