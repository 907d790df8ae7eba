// The event loop of one thread and the fibers that run on it: ready queue, timers, posted work.
// Not for who runs when (executors). Everything but Post(), Stop() and the atomics of RunSlot: only
// on the thread that calls Run().
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace loadctl::vu {

class Fiber;
class Task;
class Vu;

using TimePoint = std::chrono::steady_clock::time_point;

/// A moment at which a function is called. Owned by whoever arms it, who disarms it before its end.
class Timer final {
 public:
  explicit Timer(std::function<void()> fire) : fire_(std::move(fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  friend class Loop;
  static constexpr std::size_t kIdle = static_cast<std::size_t>(-1);
  std::function<void()> fire_;
  TimePoint due_{};
  std::size_t place_ = kIdle;  // in the loop's heap
};

/// Which VU's script runs on a thread right now; read by the watchdog.
struct RunSlot {
  std::atomic<Vu*> vu{nullptr};
  std::atomic<std::uint64_t> work{0};  ///< serial of the VU's present work
  std::atomic<std::int64_t> since{0};  ///< steady clock, ns: when the script was entered
  std::atomic<pthread_t> thread{};     ///< on which it runs
};

/// How many tasks (task.h) of a loop have a fiber at a time; further ones wait for their turn. A
/// script may begin tens of thousands at once, and each takes two memory mappings.
struct TaskTurns {
  static constexpr std::size_t kMost = 4096;
  std::size_t most = kMost;
  std::size_t running = 0;
  std::deque<Task*> waiting;
};

class Loop final {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] boost::asio::io_context& io();

  /// Runs until Stop().
  void Run();
  /// Runs until `done` holds; checked after each event.
  void RunUntil(const std::function<bool()>& done);
  void Stop();                            ///< any thread
  void Post(std::function<void()> work);  ///< any thread

  /// Resumes the fiber from the event loop, after what is running now. At most once per suspension.
  void Wake(Fiber& fiber);

  /// (Re-)arms: `fire` is called from the event loop at `due` or soon after.
  void Arm(Timer& timer, TimePoint due);
  void Disarm(Timer& timer);

  [[nodiscard]] RunSlot& slot() { return slot_; }
  [[nodiscard]] TaskTurns& task_turns() { return task_turns_; }

 private:
  struct Impl;
  void DrainReady();
  void FireTimers();
  void SetAlarm();
  void Sift(std::size_t place);
  void Put(std::size_t place, Timer* timer);
  bool Before(std::size_t a, std::size_t b) const;

  std::unique_ptr<Impl> impl_;
  std::vector<Fiber*> ready_;
  std::vector<Fiber*> draining_;
  std::vector<Timer*> heap_;  // binary, earliest first
  RunSlot slot_;
  TaskTurns task_turns_;
};

}  // namespace loadctl::vu
