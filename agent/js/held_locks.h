// How many locks a thread holds: a call that took one must not be left by a jump, or the next who
// asks for the lock waits for ever. V8 takes one for each new property name, for instance.
#pragma once

namespace loadctl::js {

/// Locks of POSIX threads (mutexes and read-write locks, so the standard library's and V8's too)
/// that this thread has taken and not given back. Safe in a signal handler. Stands in for the
/// functions that take and release them; under ThreadSanitizer, which does the same, it says 0.
[[nodiscard]] int HeldLocks();

}  // namespace loadctl::js
