#include "common/daemon/file_stamp.h"

#include <sys/stat.h>

namespace loadctl::daemon {

std::string StampOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return "";
  std::string stamp;
  for (const auto part : {static_cast<unsigned long long>(status.st_dev),
                          static_cast<unsigned long long>(status.st_ino),
                          static_cast<unsigned long long>(status.st_size),
                          static_cast<unsigned long long>(status.st_mtim.tv_sec),
                          static_cast<unsigned long long>(status.st_mtim.tv_nsec)}) {
    stamp += std::to_string(part) + " ";
  }
  return stamp;
}

}  // namespace loadctl::daemon
