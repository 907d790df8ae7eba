// Threads for what computes long (an RSA key): so that the VUs of a worker do not wait for one.
// Not for I/O, which fibers wait for. Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace loadctl::worker {

class OffloadThreads final {
 public:
  /// They are started with the first work.
  explicit OffloadThreads(unsigned threads) : most_(threads) {}
  /// Waits for the work that is under way; what has not begun is dropped.
  ~OffloadThreads();
  OffloadThreads(const OffloadThreads&) = delete;
  OffloadThreads& operator=(const OffloadThreads&) = delete;

  void Run(std::function<void()> work);

 private:
  void Serve();

  const unsigned most_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  bool ending_ = false;
};

}  // namespace loadctl::worker
