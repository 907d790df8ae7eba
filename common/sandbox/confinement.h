// What an agent that serves other machines does without, from its start on: files, system calls and
// variables that no run needs. Not for how (landlock.h, system_calls.h). Before the first thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/system_calls.h"

namespace loadctl::sandbox {

/// What became of it, for people and for `loadctl doctor`.
struct Confinement {
  int landlock = 0;             ///< its version; 0: files are not fenced
  std::string no_landlock;      ///< why not
  bool system_calls = false;    ///< some are denied
  bool programs = false;        ///< none can be started, not even this one anew
  std::string no_system_calls;  ///< why not
};

/// How far it goes.
enum class Wanted {
  kAuto,     ///< what the kernel has
  kRequire,  ///< all of it, or fail
  kOff,
};

/// What an agent reads: libraries, names and addresses, authorities, figures of its own process;
/// and `readable`, files and folders that it was started with. It may become its own program anew.
[[nodiscard]] std::vector<FileRule> RulesOfAgent(const std::vector<std::string>& readable);

/// Whether a process that is to be confined has to be its own successor's parent
/// (BecomeSuccessor()): the kernel has no Landlock, which says what it may become, but filters.
[[nodiscard]] bool NeedsSuccessors(Wanted wanted);

/// Once for a process and the programs that it becomes: a second call finds the first one's. Fails
/// (kGeneric) naming what is lacking, where it is required.
[[nodiscard]] Result<Confinement> ConfineAgent(Wanted wanted, Execute execute,
                                               const std::vector<std::string>& readable);

/// One line: `files by Landlock (7), system calls by seccomp`.
[[nodiscard]] std::string Describe(const Confinement& confinement);

/// Takes from this process every variable that neither loadctl nor the libraries read: their bytes,
/// too, so that /proc/PID/environ has them no more.
void ForgetEnvironment();

}  // namespace loadctl::sandbox
