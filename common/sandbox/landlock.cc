#include "common/sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace loadctl::sandbox {
namespace {

// Of versions that Debian 12's header does not know (linux/landlock.h of 6.12).
constexpr std::uint64_t kRefer = 1ULL << 13;
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kDeviceControl = 1ULL << 15;
constexpr std::uint64_t kScopeAbstractSockets = 1ULL << 0;
constexpr std::uint64_t kScopeSignals = 1ULL << 1;
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t net = 0;
  std::uint64_t scoped = 0;
};

// What a rule of a file may have; the rest is for folders.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kDeviceControl;

std::uint64_t AllOf(int version) {
  std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // the first version's
  if (version >= 2) all |= kRefer;
  if (version >= 3) all |= kTruncate;
  if (version >= 5) all |= kDeviceControl;
  return all;
}

std::uint64_t AccessOf(FileRule::Access access) {
  const std::uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  switch (access) {
    case FileRule::Access::kRead:
      return read;
    case FileRule::Access::kExecute:
      return read | LANDLOCK_ACCESS_FS_EXECUTE;
    case FileRule::Access::kWrite:
      return read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | kTruncate |
             kDeviceControl;
  }
  return read;
}

tl::unexpected<Error> Failed(const std::string& what) {
  return Fail("Landlock: " + what + ": " + std::strerror(errno));
}

Result<void> AddRule(int ruleset, const FileRule& rule, std::uint64_t all) {
  const int file = open(rule.path.c_str(), O_PATH | O_CLOEXEC);
  if (file < 0) return {};  // not there, or not for this user
  struct stat info {};
  std::uint64_t allowed = AccessOf(rule.access) & all;
  if (fstat(file, &info) == 0 && !S_ISDIR(info.st_mode)) allowed &= kOfFiles;
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = allowed;
  beneath.parent_fd = file;
  const long added =
      syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  const int error = errno;
  close(file);
  errno = error;
  if (added != 0) return Failed("a rule for " + rule.path);
  return {};
}

}  // namespace

int LandlockVersion() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> RestrictFiles(const std::vector<FileRule>& rules) {
  const int version = LandlockVersion();
  if (version == 0) return Fail("the kernel has no Landlock");
  RulesetAttributes attributes;
  attributes.files = AllOf(version);
  if (version >= 6) attributes.scoped = kScopeAbstractSockets | kScopeSignals;
  const std::size_t size = version >= 6   ? sizeof attributes
                           : version >= 4 ? 2 * sizeof attributes.files
                                          : sizeof attributes.files;
  const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return Failed("a set of rules");
  Result<void> done;
  for (const FileRule& rule : rules) {
    done = AddRule(ruleset, rule, attributes.files);
    if (!done) break;
  }
  if (done) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) done = Failed("restricting");
  }
  close(ruleset);
  return done;
}

}  // namespace loadctl::sandbox
