// A process whose memory is not written to disk. Once, before there are secrets in it.
#pragma once

namespace loadctl::daemon {

/// No core file and no crash report has this process's memory from here on, and no other process of
/// its user may read it (prctl(2), PR_SET_DUMPABLE; core(5)). A new program (execve) begins anew.
/// Nothing where LOADCTL_CORE_DUMPS is set.
void ForbidCoreDumps();

}  // namespace loadctl::daemon
