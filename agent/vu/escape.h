// The way back from a script with which V8 cannot go on: to where it was called, over all frames
// between. Not for ending scripts in order (Cut, vu.h).
//
// Two things bring a script there: V8 would end the process, for an array that is too large or for
// want of memory; or the script is in a call of V8's own that looks at nothing and does not end.
// The frames that are left run no destructors: they are V8's, and of ours at most those of one
// native, whose memory is lost. The heap is whole, for V8 was asked while it was in order, or
// between two of its instructions outside allocations and collections; but what the script had
// under way is not, so its context goes. Other VUs of the isolate do not notice.
#pragma once

#include <pthread.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdint>

#include "agent/js/held_locks.h"

namespace loadctl::vu {

class Vu;

class Escape final {
 public:
  /// Calls `work`, on the VU's fiber; false: it was left. Not within another.
  template <class Work>
  [[gnu::noinline]] bool Try(const Work& work) {
    jmp_buf place;
    if (_setjmp(place) != 0) {
      place_ = nullptr;
      return false;
    }
    why_[0] = '\0';
    locks_ = js::HeldLocks();
    waited_ = 0;
    place_ = &place;
    Call(work);
    place_ = nullptr;
    return true;
  }

  /// Of what was left: V8's words; empty if it was ordered from outside.
  [[nodiscard]] const char* why() const { return why_; }
  /// The stretch of stack that was left (js::ForgetCalls()).
  [[nodiscard]] const void* low() const { return low_; }
  [[nodiscard]] const void* high() const { return high_; }

  // ---- whoever finds that V8 cannot go on

  /// Leaves the script that runs on this thread; returns if none does, or there is no way back.
  static void LeaveRunning(const char* why);
  /// The VU whose script runs on this thread from here on; null: none.
  static void SetRunning(Vu* vu);

  // ---- the watchdog, any thread

  /// Before the first script: what the kernel and V8 are to call.
  static void Prepare();
  /// Leaves the script that runs on `thread` if it is this VU's work `serial`, and it is in V8. It
  /// may be asked again a little later, when it is.
  void Order(pthread_t thread, std::uint64_t serial);

 private:
  // Not inlined: Try() keeps nothing in registers, which the way back would not restore.
  template <class Work>
  [[gnu::noinline]] static void Call(const Work& work) {
    work();
  }
  static void OnSignal(int, siginfo_t*, void* context);
  [[noreturn]] void Leave(const char* why);

  jmp_buf* place_ = nullptr;
  int locks_ = 0;  ///< held at the place: that of an isolate which VUs share is among them
  const void* low_ = nullptr;
  const void* high_ = nullptr;
  std::atomic<std::uint64_t> ordered_{0};
  int waited_ = 0;  ///< orders that found an allocator among the callers
  char why_[160] = "";
};

}  // namespace loadctl::vu
