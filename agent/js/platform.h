// The v8::Platform of an agent: foreground tasks go to a queue of their isolate, which its worker
// runs; all else is V8's own default platform. The names of what V8 calls differ between its
// versions: that is kept in this file.
#pragma once

#include <libplatform/libplatform.h>
#include <v8.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace loadctl::js {

/// Foreground tasks of one isolate; V8's threads add, the isolate's worker runs. Delayed ones are
/// dropped: the only ones of an isolate are the memory reducer's, which look at the heap again and
/// again while nothing happens: thousands of isolates would do nothing else. (The other,
/// Atomics.waitAsync, is not there for scripts.)
class TaskQueue final : public v8::TaskRunner {
 public:
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }
  bool IdleTasksEnabled() override { return false; }

  std::unique_ptr<v8::Task> Take() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return nullptr;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    if (tasks_.empty()) pending_.store(false, std::memory_order_relaxed);
    return task;
  }
  std::size_t Size() {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  bool Pending() const { return pending_.load(std::memory_order_relaxed); }
  void SetWakeUp(std::function<void()> wake_up) {
    const std::lock_guard lock(mutex_);
    wake_up_ = std::move(wake_up);
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_up_ = nullptr;
    tasks_.clear();
    pending_ = false;
  }

#if V8_MAJOR_VERSION >= 13
 protected:
  void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override {
    Add(std::move(task));
  }
  void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override {
    Add(std::move(task));
  }
#else
  void PostTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task)); }
  void PostNonNestableTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task)); }
  void PostDelayedTask(std::unique_ptr<v8::Task>, double) override {}
  void PostNonNestableDelayedTask(std::unique_ptr<v8::Task>, double) override {}
  void PostIdleTask(std::unique_ptr<v8::IdleTask>) override {}
#endif

 private:
  void Add(std::unique_ptr<v8::Task> task) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    tasks_.push_back(std::move(task));
    pending_.store(true, std::memory_order_relaxed);
    if (wake_up_) wake_up_();
  }

  std::mutex mutex_;
  std::deque<std::unique_ptr<v8::Task>> tasks_;
  std::function<void()> wake_up_;
  std::atomic<bool> pending_{false};
  bool closed_ = false;
};

/// V8's own platform, but for foreground tasks: those go to the queue of their isolate.
class Platform final : public v8::Platform {
 public:
  Platform() : base_(v8::platform::NewDefaultPlatform(1)) {}

  int NumberOfWorkerThreads() override { return base_->NumberOfWorkerThreads(); }
  double MonotonicallyIncreasingTime() override { return base_->MonotonicallyIncreasingTime(); }
  double CurrentClockTimeMillis() override { return base_->CurrentClockTimeMillis(); }
  v8::TracingController* GetTracingController() override { return base_->GetTracingController(); }
  v8::PageAllocator* GetPageAllocator() override { return base_->GetPageAllocator(); }

  std::shared_ptr<TaskQueue> Queue(v8::Isolate* isolate) {
    const std::lock_guard lock(mutex_);
    auto& queue = queues_[isolate];
    if (!queue) queue = std::make_shared<TaskQueue>();
    return queue;
  }
  void Forget(v8::Isolate* isolate) {
    const std::lock_guard lock(mutex_);
    if (auto it = queues_.find(isolate); it != queues_.end()) {
      it->second->Close();
      queues_.erase(it);
    }
  }

#if V8_MAJOR_VERSION >= 13
  using v8::Platform::GetForegroundTaskRunner;
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate,
                                                          v8::TaskPriority) override {
    return Queue(isolate);
  }

 protected:
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                  const v8::SourceLocation& location) override {
    base_->PostTaskOnWorkerThread(priority, std::move(task), location);
  }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                         double delay,
                                         const v8::SourceLocation& location) override {
    base_->PostDelayedTaskOnWorkerThread(priority, std::move(task), delay, location);
  }
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                               std::unique_ptr<v8::JobTask> job,
                                               const v8::SourceLocation& location) override {
    return base_->CreateJob(priority, std::move(job), location);
  }
#else
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate) override {
    return Queue(isolate);
  }
  void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override {
    base_->CallOnWorkerThread(std::move(task));
  }
  void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task, double delay) override {
    base_->CallDelayedOnWorkerThread(std::move(task), delay);
  }
  std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
                                         std::unique_ptr<v8::JobTask> job) override {
    return base_->PostJob(priority, std::move(job));
  }
#if V8_MAJOR_VERSION >= 11
  std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority,
                                           std::unique_ptr<v8::JobTask> job) override {
    return base_->CreateJob(priority, std::move(job));
  }
#endif
#endif

 private:
  std::unique_ptr<v8::Platform> base_;
  std::mutex mutex_;
  std::unordered_map<v8::Isolate*, std::shared_ptr<TaskQueue>> queues_;
};

}  // namespace loadctl::js
