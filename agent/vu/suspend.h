// The only place where a fiber that runs JavaScript is left and gone on with.
// Not for fibers without JavaScript (task.h). The VU's worker thread (its init thread before).
#pragma once

#include <utility>

#include "agent/net/socket/parker.h"

namespace loadctl::vu {

class Fiber;
class Group;
class Loop;
class Vu;

/// Enters a VU's isolate when its fiber begins and leaves it when the fiber ends; between the two,
/// Park() leaves the isolate, switches to the loop, and enters it again.
class JsParker final : public net::Parker {
 public:
  JsParker(Vu& vu, Group& group);

  void Park() override;
  void Unpark() override;
  [[nodiscard]] bool Cancelled() const override { return cancelled_; }
  /// Unpark() without the way through the ready queue, from the event loop itself.
  void ResumeNow();
  /// Lets everything else on the loop that is ready go first.
  void Yield();
  /// How often the fiber was left since the last call.
  [[nodiscard]] unsigned TakeParks() { return std::exchange(parks_, 0u); }

  /// Everything of the fiber that may run JavaScript happens inside `body`.
  template <class Body>
  void Inside(Fiber& fiber, Body body) {
    Enter(fiber);
    body();
    Leave();
  }

  /// The loop that resumes the fiber; changed only while the VU is at rest.
  void set_loop(Loop& loop) { loop_ = &loop; }
  [[nodiscard]] Loop& loop() { return *loop_; }
  [[nodiscard]] bool parked() const { return parked_; }
  void set_cancelled(bool cancelled) { cancelled_ = cancelled; }

 private:
  void Enter(Fiber& fiber);
  void Leave();
  void Occupy();
  void Vacate();

  Vu& vu_;
  Group& group_;
  Loop* loop_ = nullptr;
  Fiber* fiber_ = nullptr;
  int thread_id_ = 0;
  void* lock_ = nullptr;
  unsigned parks_ = 0;
  bool parked_ = false;
  bool token_ = false;
  bool yielding_ = false;
  bool cancelled_ = false;
};

}  // namespace loadctl::vu
