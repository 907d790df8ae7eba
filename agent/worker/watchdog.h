// The watchdog: a thread that ends scripts which run past their deadline without ever waiting.
// Not for VUs that wait (their own deadline timers cut those).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "agent/vu/loop.h"

namespace loadctl::worker {

class Watchdog final {
 public:
  /// `hopeless` is called, once, when a script did not end within 5 s of its order: native code
  /// that cannot be interrupted. `slow`, which may be empty, is told of each script that computed
  /// for 10 s without a pause on a slot watched for good: its worker serves nobody else. `hopeless`
  /// on the watchdog's thread, `slow` on the script's.
  Watchdog(std::function<void(std::string)> hopeless, std::function<void(std::string)> slow);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Watches these, too, until Forget(). Several threads that make VUs may do so at a time.
  void Watch(std::span<vu::RunSlot* const> slots);
  void Forget(std::span<vu::RunSlot* const> slots);
  /// These of workers, until Forget(): `slow` is told of them, too.
  void WatchAlways(vu::RunSlot& slot);
  /// On those watched for good a script that computes for longer without a pause is ended by an
  /// exception; 0: none is.
  void LimitBusy(std::chrono::nanoseconds most) { most_busy_ = most; }
  /// From now on every script is over its deadline.
  void EndAll() { end_all_ = true; }
  void Resume() { end_all_ = false; }

 private:
  struct Order {
    std::uint64_t work = 0;
    vu::Vu* vu = nullptr;
    std::int64_t deadline = 0;  ///< that the order is for: it may have been moved since
    std::chrono::steady_clock::time_point given;
  };
  void LookForSlow(vu::RunSlot& slot, std::chrono::steady_clock::time_point now);
  void Look(vu::RunSlot& slot, std::chrono::steady_clock::time_point now);
  void Main();

  std::function<void(std::string)> hopeless_, slow_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<vu::RunSlot*> always_, now_;
  std::map<vu::RunSlot*, Order> orders_;
  std::map<vu::RunSlot*, std::int64_t> told_;   // of which entry `slow_` was told
  std::map<vu::RunSlot*, std::int64_t> ended_;  // of which entry a script was ended for being busy
  std::atomic<std::chrono::nanoseconds> most_busy_{std::chrono::nanoseconds(0)};
  std::atomic<bool> end_all_{false};
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace loadctl::worker
