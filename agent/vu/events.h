// What a VU's event loop waits for: timers, and tasks that run beside the script. Js::Run()
// (run.cc) takes what has ended. Not for promises, which V8 keeps. The VU's thread only; the
// first part on its fiber, inside a native call.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/vu/completions.h"
#include "agent/vu/program.h"
#include "agent/vu/suspend.h"

namespace loadctl::vu {

class Events final {
 public:
  /// Both outlive it.
  Events(JsParker& parker, const Program& program);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// A function of a module's face (js::Function::kept), to be called from the VU's event loop with
  /// a number.
  int AddDispatcher(std::shared_ptr<void> function);
  /// After `delay`, calls the dispatcher with `id`; the iteration waits for it. Returns a handle.
  /// If the iteration is cut before, a warning says so by `name` (a literal; null: none) and `id`.
  int StartTimer(int dispatcher, double id, std::chrono::nanoseconds delay,
                 const char* name = nullptr);
  void StopTimer(int handle);
  /// Runs `body` on a fiber of its own; then calls the dispatcher with `id` (if not -1). The
  /// iteration waits for it.
  void Spawn(std::function<void(net::Parker&)> body, int dispatcher, double id);
  /// The same, but then calls `settle` from the event loop, inside the isolate; not if the
  /// iteration was cut before. What natives are made of that give promises: later.h.
  void Spawn(std::function<void(net::Parker&)> body, std::function<void()> settle);
  /// Runs `body` on one of the threads for what computes long (Program::offload), then `settle`, so
  /// that the worker's other VUs do not wait. `body` must not touch the VU.
  void Offload(std::function<void()> body, std::function<void()> settle);
  /// Waits until all that was spawned with dispatcher -1 is done.
  void JoinSpawned();

  // ---- for the VU

  /// Something has ended, and was not yet taken.
  [[nodiscard]] bool ready() const { return !completions_.empty(); }
  /// Something is under way, or ready.
  [[nodiscard]] bool awaited() const { return outstanding_ > 0 || ready(); }
  /// Only if something is ready.
  [[nodiscard]] Completion Take();
  [[nodiscard]] void* dispatcher(int place) const {
    return dispatchers_[static_cast<std::size_t>(place)].get();
  }
  /// For each named timer under way, that it was stopped.
  [[nodiscard]] std::vector<std::string> WordsOnTimers() const;
  /// Makes every wait of the tasks end at once.
  void Cancel();
  /// After a cut or an exception: nothing of the work reaches the next one. Waits for the tasks.
  void Drop();
  /// The script goes, and its functions with it. Inside the isolate.
  void ForgetDispatchers() { dispatchers_.clear(); }

 private:
  struct TimerEntry;
  struct SpawnedTask;

  template <class Done>
  void Begin(std::function<void(net::Parker&)> body, Done done);
  std::unique_ptr<SpawnedTask> TakeTask(const SpawnedTask* task);

  JsParker& parker_;
  const Program& program_;
  std::vector<std::shared_ptr<void>> dispatchers_;
  Completions completions_;
  std::vector<std::unique_ptr<TimerEntry>> timers_;
  int next_timer_ = 1;
  int outstanding_ = 0;  // timers and tasks the iteration waits for
  int joined_ = 0;       // tasks JoinSpawned() waits for
  std::vector<std::unique_ptr<SpawnedTask>> tasks_;
};

}  // namespace loadctl::vu
