#include "controller/cli/summary_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/base/descriptor.h"

namespace loadctl::cli {
namespace {

/// The parts between slashes; empty if the path is not one below a folder.
std::vector<std::string> PartsOf(const std::string& path) {
  const bool odd = std::any_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
  if (odd || path.starts_with('/')) return {};
  std::vector<std::string> parts;
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    if (part == ".") continue;
    if (part.empty() || part == "..") return {};
    parts.emplace_back(part);
  }
  if (path.ends_with('/')) return {};
  return parts;
}

std::string Printable(std::string path) {
  std::replace_if(
      path.begin(), path.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  return path;
}

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool IsRegular(int file) {
  struct stat status {};
  return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<SummaryFiles> SummaryFiles::Below(const std::string& folder,
                                         std::vector<std::string> named) {
  const std::string path = folder.empty() ? "." : folder;
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return Fail("--summary-dir: cannot open the folder " + path + ": " + std::strerror(errno));
  return SummaryFiles(descriptor, std::move(named));
}

SummaryFiles::SummaryFiles(int folder, std::vector<std::string> named)
    : folder_(folder), named_(std::move(named)) {}
SummaryFiles::SummaryFiles(SummaryFiles&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), named_(std::move(other.named_)) {}
SummaryFiles::~SummaryFiles() {
  if (folder_ >= 0) close(folder_);
}

std::string SummaryFiles::Write(const std::string& path, const std::string& content) {
  const auto problem = [&](const std::string& why) {
    return "'" + Printable(path) + "' is not written: " + why;
  };
  const auto parts = PartsOf(path);
  if (parts.empty()) {
    return problem(
        "a test that ran elsewhere writes below the current folder, or that of --summary-dir");
  }
  Descriptor folder(dup(folder_));
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    folder.Reset(
        openat(folder.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder.get() < 0) return problem(std::string("its folder: ") + std::strerror(errno));
  }
  const bool named = std::find(named_.begin(), named_.end(), path) != named_.end();
  constexpr int kFlags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const Descriptor file(
      openat(folder.get(), parts.back().c_str(), kFlags | (named ? 0 : O_EXCL), 0666));
  if (file.get() < 0 && errno == EEXIST)
    return problem("it is there already; --summary-overwrite " + Printable(path) + " allows it");
  if (file.get() < 0) return problem(std::strerror(errno));
  if (!IsRegular(file.get())) return problem("it is no regular file");
  if (ftruncate(file.get(), 0) != 0 || !WriteAll(file.get(), content))
    return problem(std::strerror(errno));
  if (!named) named_.push_back(path);
  return "";
}

}  // namespace loadctl::cli
