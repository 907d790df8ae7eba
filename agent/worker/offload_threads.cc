#include "agent/worker/offload_threads.h"

#include <algorithm>
#include <utility>

namespace loadctl::worker {

OffloadThreads::~OffloadThreads() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void OffloadThreads::Run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    if (threads_.size() < std::max(most_, 1u)) threads_.emplace_back([this] { Serve(); });
  }
  news_.notify_one();
}

void OffloadThreads::Serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace loadctl::worker
