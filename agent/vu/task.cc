#include "agent/vu/task.h"

#include <utility>

#include "agent/vu/fiber.h"
#include "agent/vu/loop.h"
#include "common/base/check.h"

namespace loadctl::vu {
namespace {

// Protocol code only: TLS handshakes are the deepest it goes.
constexpr std::size_t kStack = 128 * 1024;

}  // namespace

Task::Task(Loop& loop, std::function<void(net::Parker&)> body, std::function<void()> done)
    : loop_(loop), body_(std::move(body)), done_(std::move(done)) {
  loop_.task_turns().waiting.push_back(this);
  StartWaiting(loop_);
}

Task::~Task() { LOADCTL_CHECK(!done_, "a task was destroyed at work"); }

bool Task::Start() {
  fiber_ = Fiber::TryMake(kStack, [this] {
    std::exchange(body_, nullptr)(*this);
    // From the event loop, for the fiber still stands on its own stack here.
    loop_.Post([this] { End(); });
  });
  if (!fiber_) return false;
  ++loop_.task_turns().running;
  loop_.Wake(*fiber_);
  return true;
}

void Task::End() {
  Loop& loop = loop_;
  --loop.task_turns().running;
  std::exchange(done_, nullptr)();  // this may be gone
  StartWaiting(loop);
}

void Task::StartWaiting(Loop& loop) {
  TaskTurns& turns = loop.task_turns();
  while (!turns.waiting.empty() && turns.running < turns.most) {
    if (!turns.waiting.front()->Start()) {
      LOADCTL_CHECK(turns.running > 0,
                    "no memory mapping for a request's stack: raise vm.max_map_count");
      return;  // when another has ended
    }
    turns.waiting.pop_front();
  }
}

void Task::Park() {
  if (std::exchange(token_, false)) return;
  parked_ = true;
  fiber_->Suspend();
  parked_ = false;
  token_ = false;
}

void Task::Unpark() {
  const bool waiting = parked_ && !token_;
  token_ = true;
  if (waiting) loop_.Wake(*fiber_);
}

void Task::Cancel() {
  cancelled_ = true;
  Unpark();
}

}  // namespace loadctl::vu
