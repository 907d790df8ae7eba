// One output at work: its queue, its thread, what it lost. Not for what it does (output.h).
// Put() from one thread; the rest on the thread that made it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controller/output/output.h"

namespace loadctl::output {

class Runner final {
 public:
  /// `most`: samples that may wait.
  Runner(std::string name, std::unique_ptr<Output> output, std::size_t most, Log log);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Output& output() const { return *output_; }
  [[nodiscard]] Result<void> Start();
  /// Never waits: without room the batch is lost to this output.
  void Put(std::shared_ptr<const Batch> batch);
  /// Flushes the rest and stops the output.
  void Stop();

  /// After Stop(): how many were flushed, and how many were lost here.
  [[nodiscard]] std::uint64_t flushed() const { return flushed_; }
  [[nodiscard]] std::uint64_t lost() const { return overflowed_ + output_->lost(); }

 private:
  void Run();
  void FlushAll(const std::deque<std::shared_ptr<const Batch>>& batches);

  const std::string name_;
  const std::unique_ptr<Output> output_;
  const std::size_t most_;
  const Log log_;
  std::vector<Sample> samples_;  // the thread's
  std::uint64_t flushed_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<std::shared_ptr<const Batch>> queue_;
  std::size_t waiting_ = 0;  // samples, with those being flushed
  std::uint64_t overflowed_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace loadctl::output
