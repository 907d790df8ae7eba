// For kernels without a rule on which program a process may become: one process that runs nothing
// itself makes another each time that one asks for it, so that neither ever has to become a
// program. Before the first thread.
#pragma once

#include "common/base/error.h"

namespace loadctl::sandbox {

/// The exit status of a process that is to have a successor.
inline constexpr int kSuccessor = 75;

/// Returns in a child of this process, and later in each of its successors: one takes the place of
/// a child that ends with kSuccessor or by a signal, a second later, unless it was this process
/// that was to end. Neither can start programs from here on. The parent passes SIGTERM, SIGINT and
/// SIGHUP on, ends as its child ended, and with it the child. Fails (kGeneric) without filters or
/// processes.
[[nodiscard]] Result<void> BecomeSuccessor();

}  // namespace loadctl::sandbox
