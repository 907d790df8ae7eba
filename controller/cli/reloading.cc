#include "controller/cli/reloading.h"

#include <chrono>
#include <utility>

namespace loadctl::cli {

Reloading::Reloading(std::function<void(bool)> look)
    : look_(std::move(look)), thread_([this] { Run(); }) {}

Reloading::~Reloading() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Reloading::Now() {
  {
    const std::lock_guard lock(mutex_);
    told_ = true;
  }
  wake_.notify_all();
}

void Reloading::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, std::chrono::seconds(1), [this] { return told_ || ending_; });
    if (ending_) return;
    const bool told = std::exchange(told_, false);
    lock.unlock();
    look_(told);
    lock.lock();
  }
}

}  // namespace loadctl::cli
