// Which system calls this process may make from here on: a seccomp filter, by libseccomp.
// Before the first thread; what is forbidden stays so, also for programs that this one becomes.
#pragma once

#include "common/base/error.h"

namespace loadctl::sandbox {

/// Whether another program may take this one's place.
enum class Execute {
  kNever,
  kByLandlock,  ///< as RestrictFiles() says: an agent that starts itself afresh
};

/// Whether the kernel has filters.
[[nodiscard]] bool CanFilterSystemCalls();

/// Denies (EPERM) that this process, and those it makes, become other programs; nothing else.
[[nodiscard]] Result<void> DenyPrograms();

/// Denies (EPERM) what no agent needs: new processes, other programs, other processes' memory,
/// mounts and namespaces, kernel modules, BPF, keys, io_uring, clocks, users, files without a path.
/// Threads may be made. A filter costs each system call some nanoseconds: the kernel remembers
/// which are always allowed. Fails (kGeneric) where the kernel has no filters.
[[nodiscard]] Result<void> DenySystemCalls(Execute execute);

}  // namespace loadctl::sandbox
