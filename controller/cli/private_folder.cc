#include "controller/cli/private_folder.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace loadctl::cli {
namespace {

constexpr std::string_view kPrefix = "loadctl-";
constexpr std::string_view kRandom = "-XXXXXX";  // mkdtemp()'s

std::string SocketIn(const std::string& folder) { return folder + "/agents.sock"; }

void RemoveFolder(const std::string& path) {
  unlink(SocketIn(path).c_str());
  rmdir(path.c_str());
}

/// The process in `loadctl-17-aBcDeF`; 0 for another name.
pid_t ProcessOf(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() <= kPrefix.size() + kRandom.size()) return 0;
  const std::string_view digits =
      name.substr(kPrefix.size(), name.size() - kPrefix.size() - kRandom.size());
  if (name[kPrefix.size() + digits.size()] != '-' || digits.size() > 9) return 0;
  pid_t pid = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    pid = 10 * pid + (c - '0');
  }
  return pid;
}

/// A process of that number may be in another container that shares the folder: its socket answers.
bool IsServed(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return true;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return true;
  const bool refused =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      (errno == ECONNREFUSED || errno == ENOENT);
  close(probe);
  return !refused;
}

void RemoveLeftovers(const std::string& base) {
  DIR* listing = opendir(base.c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = readdir(listing)) {
    const pid_t pid = ProcessOf(entry->d_name);
    if (pid == 0 || kill(pid, 0) == 0 || errno != ESRCH) continue;
    const std::string path = base + "/" + entry->d_name;
    struct stat info {};
    const bool ours =
        lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid();
    if (ours && !IsServed(SocketIn(path))) RemoveFolder(path);
  }
  closedir(listing);
}

}  // namespace

Result<PrivateFolder> PrivateFolder::Make() {
  const char* given = std::getenv("TMPDIR");
  const std::string base = given != nullptr && *given != '\0' ? given : "/tmp";
  RemoveLeftovers(base);
  std::string path =
      base + "/" + std::string(kPrefix) + std::to_string(getpid()) + std::string(kRandom);
  if (mkdtemp(path.data()) == nullptr)
    return Fail("cannot make a folder in " + base + ": " + std::strerror(errno));
  return PrivateFolder(path);
}

void PrivateFolder::Remove() const {
  if (!path_.empty()) RemoveFolder(path_);
}

}  // namespace loadctl::cli
