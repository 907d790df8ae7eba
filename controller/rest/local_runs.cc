#include "controller/rest/local_runs.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/daemon/runtime_folder.h"

namespace loadctl::rest {
namespace {

constexpr std::string_view kEnding = ".sock";

/// 0 if somebody accepts there, else what connect() said.
int TryConnect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  const int failed =
      connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0
                                                                                         : errno;
  close(socket);
  return failed;
}

/// The number in `17.sock`; 0 for another name.
int PidOf(std::string_view name) {
  if (!name.ends_with(kEnding) || name.size() > 16) return 0;
  name.remove_suffix(kEnding.size());
  int pid = 0;
  for (const char c : name) {
    if (c < '0' || c > '9' || pid > 100'000'000) return 0;
    pid = 10 * pid + (c - '0');
  }
  return pid;
}

}  // namespace

Result<std::string> RunsFolder() { return daemon::RuntimeFolder(); }

std::string SocketOf(const std::string& folder, int pid) {
  return folder + "/" + std::to_string(pid) + std::string(kEnding);
}

std::vector<LocalRun> FindLocalRuns(const std::string& folder) {
  std::vector<LocalRun> runs;
  DIR* open = opendir(folder.c_str());
  if (open == nullptr) return runs;
  while (const dirent* entry = readdir(open)) {
    const int pid = PidOf(entry->d_name);
    if (pid == 0) continue;
    const std::string path = folder + "/" + entry->d_name;
    const int failed = TryConnect(path);
    if (failed == 0 || failed == EAGAIN) {
      runs.push_back({pid, "unix:" + path});
    } else if (failed == ECONNREFUSED) {
      unlink(path.c_str());
    }
  }
  closedir(open);
  std::sort(runs.begin(), runs.end(),
            [](const LocalRun& a, const LocalRun& b) { return a.pid < b.pid; });
  return runs;
}

}  // namespace loadctl::rest
