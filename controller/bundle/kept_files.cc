#include "controller/bundle/kept_files.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace loadctl::controller {

namespace fs = std::filesystem;

std::string CacheFolder(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/loadctl/" + name;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return "";
  return std::string(home) + "/.cache/loadctl/" + name;
}

void KeepFile(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  // Written beside it first: whoever reads it meanwhile reads the old one, or none.
  const std::string beside = path.string() + "." + std::to_string(getpid());
  {
    std::ofstream file(beside, std::ios::binary);
    fs::permissions(beside, fs::perms::owner_read | fs::perms::owner_write, ignored);
    if (!(file << text).flush()) {
      fs::remove(beside, ignored);
      return;
    }
  }
  fs::rename(beside, path, ignored);
}

void Prune(const fs::path& folder, std::size_t most) {
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored))
      files.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  if (files.size() <= most) return;
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i < files.size() - most; ++i) fs::remove(files[i].second, ignored);
}

}  // namespace loadctl::controller
