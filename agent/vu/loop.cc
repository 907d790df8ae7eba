#include "agent/vu/loop.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "agent/vu/fiber.h"
#include "common/base/check.h"

namespace loadctl::vu {

namespace asio = boost::asio;

struct Loop::Impl {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer alarm{io};
  TimePoint alarm_at = TimePoint::max();
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

asio::io_context& Loop::io() { return impl_->io; }

void Loop::Run() { impl_->io.run(); }

void Loop::RunUntil(const std::function<bool()>& done) {
  while (!done()) impl_->io.run_one();
}

void Loop::Stop() { impl_->io.stop(); }

void Loop::Post(std::function<void()> work) { asio::post(impl_->io, std::move(work)); }

void Loop::Wake(Fiber& fiber) {
  ready_.push_back(&fiber);
  if (ready_.size() == 1) asio::post(impl_->io, [this] { DrainReady(); });
}

void Loop::DrainReady() {
  // Fibers woken meanwhile run in the next round, behind the sockets that became readable.
  draining_.swap(ready_);
  for (Fiber* fiber : draining_) fiber->Resume();
  draining_.clear();
}

bool Loop::Before(std::size_t a, std::size_t b) const { return heap_[a]->due_ < heap_[b]->due_; }

void Loop::Put(std::size_t place, Timer* timer) {
  heap_[place] = timer;
  timer->place_ = place;
}

void Loop::Sift(std::size_t place) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (!Before(place, parent)) break;
    Timer* up = heap_[place];
    Put(place, heap_[parent]);
    Put(parent, up);
    place = parent;
  }
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && Before(child + 1, child)) ++child;
    if (!Before(child, place)) break;
    Timer* down = heap_[place];
    Put(place, heap_[child]);
    Put(child, down);
    place = child;
  }
}

void Loop::Arm(Timer& timer, TimePoint due) {
  timer.due_ = due;
  if (timer.place_ == Timer::kIdle) {
    heap_.push_back(&timer);
    timer.place_ = heap_.size() - 1;
  }
  Sift(timer.place_);
  SetAlarm();
}

void Loop::Disarm(Timer& timer) {
  const std::size_t place = timer.place_;
  if (place == Timer::kIdle) return;
  timer.place_ = Timer::kIdle;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  Put(place, last);
  Sift(place);
}

void Loop::SetAlarm() {
  // An alarm that is earlier than needed rings for nothing once; that is cheaper than moving it
  // with every timer.
  if (heap_.empty() || heap_.front()->due_ >= impl_->alarm_at) return;
  impl_->alarm_at = heap_.front()->due_;
  impl_->alarm.expires_at(impl_->alarm_at);
  impl_->alarm.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    impl_->alarm_at = TimePoint::max();
    FireTimers();
    SetAlarm();
  });
}

void Loop::FireTimers() {
  const TimePoint now = std::chrono::steady_clock::now();
  while (!heap_.empty() && heap_.front()->due_ <= now) {
    Timer* timer = heap_.front();
    Disarm(*timer);
    timer->fire_();
  }
}

}  // namespace loadctl::vu
