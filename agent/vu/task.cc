#include "agent/vu/task.h"

#include <utility>

#include "agent/vu/fiber.h"
#include "agent/vu/loop.h"

namespace loadctl::vu {
namespace {

// Protocol code only: TLS handshakes are the deepest it goes.
constexpr std::size_t kStack = 128 * 1024;

}  // namespace

Task::Task(Loop& loop, std::function<void(net::Parker&)> body, std::function<void()> done)
    : loop_(loop), done_(std::move(done)) {
  fiber_ = std::make_unique<Fiber>(kStack, [this, run = std::move(body)] {
    run(*this);
    // From the event loop, for the fiber still stands on its own stack here.
    loop_.Post([this] { std::exchange(done_, nullptr)(); });
  });
  loop_.Wake(*fiber_);
}

Task::~Task() = default;

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
