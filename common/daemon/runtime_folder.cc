#include "common/daemon/runtime_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace loadctl::daemon {
namespace {

bool IsFolder(const char* path) {
  struct stat found {};
  return path != nullptr && path[0] == '/' && stat(path, &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == geteuid();
}

}  // namespace

Result<std::string> RuntimeFolder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string folder = IsFolder(runtime) ? std::string(runtime) + "/loadctl"
                                               : "/tmp/loadctl-" + std::to_string(geteuid());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return Fail("cannot make the folder " + folder + ": " + std::strerror(errno));
  struct stat found {};
  if (lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != geteuid() ||
      (found.st_mode & 077) != 0) {
    return Fail("the folder " + folder + " of running programs is not this user's alone");
  }
  return folder;
}

}  // namespace loadctl::daemon
