#include "controller/output/runner.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace loadctl::output {

Runner::Runner(std::string name, std::unique_ptr<Output> output, std::size_t most, Log log)
    : name_(std::move(name)), output_(std::move(output)), most_(most), log_(std::move(log)) {}

Runner::~Runner() { Stop(); }

Result<void> Runner::Start() {
  LOADCTL_CHECK_OK(output_->Start());
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "output");
    Run();
  });
  return {};
}

void Runner::Put(std::shared_ptr<const Batch> batch) {
  const std::size_t samples = batch->samples.size();
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ + samples > most_ || stopping_) {
      first = overflowed_ == 0;
      overflowed_ += samples;
    } else {
      waiting_ += samples;
      queue_.push_back(std::move(batch));
    }
  }
  if (first) {
    log_(Severity::kWarning,
         "the output '" + name_ +
             "' cannot keep up: samples are dropped. The load and the summary are not touched.",
         {});
  }
  wake_.notify_all();
}

void Runner::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Runner::Run() {
  const auto period = output_->FlushPeriod();
  auto next = std::chrono::steady_clock::now() + period;
  std::unique_lock lock(mutex_);
  while (true) {
    // Early where much is waiting, so that a long period needs no room for all of it.
    wake_.wait_until(lock, next, [this] { return stopping_ || waiting_ > most_ / 4; });
    const bool last = stopping_;
    std::deque<std::shared_ptr<const Batch>> batches;
    batches.swap(queue_);
    lock.unlock();
    FlushAll(batches);
    const std::size_t flushed = samples_.size();
    samples_.clear();
    batches.clear();
    const auto now = std::chrono::steady_clock::now();
    while (next <= now) next += period;
    lock.lock();
    waiting_ -= flushed;
    if (last) break;
  }
  lock.unlock();
  output_->Stop();
}

void Runner::FlushAll(const std::deque<std::shared_ptr<const Batch>>& batches) {
  for (const auto& batch : batches)
    samples_.insert(samples_.end(), batch->samples.begin(), batch->samples.end());
  const auto earlier = [](const Sample& a, const Sample& b) { return a.time < b.time; };
  // Agents come one after another; samples of one moment stay in their order.
  if (!std::is_sorted(samples_.begin(), samples_.end(), earlier))
    std::stable_sort(samples_.begin(), samples_.end(), earlier);
  output_->Flush(samples_);
  flushed_ += samples_.size();
}

}  // namespace loadctl::output
