#include "controller/cli/result_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "controller/cli/screen.h"

namespace loadctl::cli {
namespace {

/// What stands against writing the file; a regular one has `text` then, if there is one.
std::string TryToWrite(const std::string& path, const std::string& text) {
  const bool is_new = access(path.c_str(), F_OK) != 0;
  // A pipe that nobody reads yet is no problem (ENXIO).
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  if (file < 0) {
    return errno == ENXIO ? "" : "could not open '" + path + "': " + std::strerror(errno);
  }
  struct stat info {};
  const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
  close(file);
  if (is_new && text.empty()) unlink(path.c_str());
  return regular && !text.empty() ? WriteFile(path, text) : "";
}

}  // namespace

Result<void> ResultFile::Begin(const std::string& text) {
  if (path_.empty()) return {};
  const std::string problem = TryToWrite(path_, text);
  if (problem.empty()) return {};
  path_.clear();  // said once
  return Fail(problem);
}

void ResultFile::On(const v1::RunEvent& event) {
  if (!event.has_outcome() || path_.empty()) return;
  if (const auto text = make_(event.outcome())) problem_ = WriteFile(path_, *text);
}

}  // namespace loadctl::cli
