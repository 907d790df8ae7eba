#include "common/daemon/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace loadctl::daemon {

void ForbidCoreDumps() {
  if (std::getenv("LOADCTL_CORE_DUMPS") != nullptr) return;  // for whoever debugs
  // A limit alone does not keep a core from a program that /proc/sys/kernel/core_pattern names.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace loadctl::daemon
