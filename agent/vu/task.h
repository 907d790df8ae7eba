// A helper fiber of a VU, without JavaScript: one request of http.batch, one asyncRequest.
// The VU's worker thread only.
#pragma once

#include <functional>
#include <memory>

#include "agent/net/socket/parker.h"

namespace loadctl::vu {

class Fiber;
class Loop;

class Task final : public net::Parker {
 public:
  /// Begins to run `body` from the event loop, as soon as fewer tasks than Loop::task_turns()
  /// allows have a fiber. `done` is called there after it, and may destroy the task.
  Task(Loop& loop, std::function<void(net::Parker&)> body, std::function<void()> done);
  ~Task() override;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  void Park() override;
  void Unpark() override;
  [[nodiscard]] bool Cancelled() const override { return cancelled_; }
  /// Makes every wait inside end at once.
  void Cancel();

 private:
  bool Start();
  void End();
  static void StartWaiting(Loop& loop);

  Loop& loop_;
  std::function<void(net::Parker&)> body_;
  std::function<void()> done_;
  std::unique_ptr<Fiber> fiber_;
  bool parked_ = false;
  bool token_ = false;
  bool cancelled_ = false;
};

}  // namespace loadctl::vu
