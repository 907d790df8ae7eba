// Which files this process may open from here on: Linux's Landlock. Not for who may start it.
// Before the first thread; what is forbidden stays so, also for programs that this one becomes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace loadctl::sandbox {

/// The version of the kernel's Landlock; 0: it has none, or it is switched off.
[[nodiscard]] int LandlockVersion();

struct FileRule {
  enum class Access {
    kRead,     ///< files there, and what a folder holds
    kExecute,  ///< and run this file
    kWrite,    ///< read, write and make files there
  };
  std::string path;  ///< a file, or a folder with all below it; what is not there needs no rule
  Access access = Access::kRead;
};

/// Forbids every file that no rule names, and signals to other programs where the kernel can. What
/// is open stays open. Files are known by what they are now: one that takes another's name later is
/// another, unless its folder is named. Fails (kGeneric) where the kernel has no Landlock.
[[nodiscard]] Result<void> RestrictFiles(const std::vector<FileRule>& rules);

}  // namespace loadctl::sandbox
