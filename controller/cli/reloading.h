// Looks, once a second, whether somebody has put other files in the place of those that a daemon
// has read; at once when told so. A thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace loadctl::cli {

class Reloading final {
 public:
  /// `look` is called on the thread; `told`: because of Now(), whatever has changed.
  explicit Reloading(std::function<void(bool told)> look);
  /// Waits for a call that goes on.
  ~Reloading();
  Reloading(const Reloading&) = delete;
  Reloading& operator=(const Reloading&) = delete;

  /// Any thread.
  void Now();

 private:
  void Run();

  const std::function<void(bool told)> look_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool told_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace loadctl::cli
