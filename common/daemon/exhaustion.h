// What a program does where the system gives it no more memory, threads or descriptors.
// Not for what a script uses up (agent/vu). Call at the start of main(), before other threads.
#pragma once

#include <cstdint>

#include "common/base/error.h"

namespace loadctl::daemon {

/// What an agent needs of it: V8 reserves room for code and heaps of each isolate, and does not end
/// in words without it.
inline constexpr std::uint64_t kAgentAddressSpace = std::uint64_t{4} << 30;

/// From here on an exception that says so (std::bad_alloc, std::system_error of EAGAIN, ENOMEM,
/// EMFILE or ENFILE) and that nobody catches ends the program with `status` and one line on
/// standard error; others abort it as before.
void EndWhenExhausted(const char* program, int status);

/// Raises the soft limit of open files to the hard one: many agents, and many VUs, are many
/// sockets.
///
/// Fails (kGeneric) naming the limit if the hard one is below 64, with which no run gets anywhere,
/// or if the address space (ulimit -v) may not grow to `least_address_space` bytes.
[[nodiscard]] Result<void> CheckLimits(std::uint64_t least_address_space);

}  // namespace loadctl::daemon
