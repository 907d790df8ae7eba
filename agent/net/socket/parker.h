// How protocol code waits: Parker is one fiber's ability to wait, Wait says for how long.
// Not an event loop and not a fiber library: those belong to the worker. Worker's thread only.
#pragma once

#include <chrono>

namespace loadctl::net {

using TimePoint = std::chrono::steady_clock::time_point;

/// One fiber's ability to wait. Real: the VU's or a helper fiber; tests: a thread that runs the
/// io_context until unparked.
class Parker {
 public:
  virtual ~Parker() = default;
  /// Suspends the caller until Unpark(); returns at once if Unpark() came since the last Park().
  /// Never called inside a catch block or a destructor.
  virtual void Park() = 0;
  /// Lets Park() return. Only on the worker's thread, from the event loop; never resumes inline
  /// inside the caller (it posts or queues).
  virtual void Unpark() = 0;
  /// True once the work of this fiber must end (VU interrupted): every wait returns kCancelled at
  /// once. Whoever makes it true also calls Unpark().
  virtual bool Cancelled() const = 0;
};

/// The terms of one blocking call: who waits, until when, and whether it was called off.
///
/// Lives on the stack of the waiting fiber; whatever borrows it returns before it dies. Several
/// events may unpark one fiber, so each wait is a loop around its own condition.
struct Wait {
  Parker& parker;
  TimePoint deadline = TimePoint::max();
  /// Set by HttpClient::Cancel(), which then unparks.
  bool cancelled = false;

  [[nodiscard]] bool Cancelled() const { return cancelled || parker.Cancelled(); }
};

}  // namespace loadctl::net
