// One virtual user: a fiber with a JavaScript context of its own, the script loaded in it.
// Not for when it iterates (executors) nor what modules do. Made on an init thread, then its
// worker's thread for good; what may be called from a fiber says so.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/js/host.h"
#include "agent/js/value.h"
#include "agent/metrics/recorder.h"
#include "agent/net/socket/parker.h"
#include "agent/vu/completions.h"
#include "agent/vu/group.h"
#include "agent/vu/loop.h"
#include "agent/vu/program.h"
#include "agent/vu/suspend.h"
#include "common/base/error.h"
#include "common/plan/scenario.h"

namespace loadctl::net {
struct NetContext;
}

namespace loadctl::vu {

enum class Phase { kInit, kSetup, kIteration, kTeardown, kSummary };
/// How one piece of work (an iteration, setup()) ended.
struct WorkResult {
  enum class Kind { kComplete, kException, kInterrupted, kBadResult };
  Kind kind = Kind::kComplete;
  std::string error;                ///< exception text, k6's
  std::optional<std::string> json;  ///< CallForJson(): the result as JSON; empty for undefined
};

/// Numbers of an iteration; from 0.
struct IterationNumbers {
  std::int64_t in_instance = 0;
  std::int64_t in_test = 0;
};

class Vu final : public js::Host {
 public:
  enum class State { kNew, kInit, kIdle, kBusy, kFailed, kEnded };

  /// `numbers` are 0 for setup, teardown and summary VUs.
  Vu(plan::VuNumbers numbers, std::shared_ptr<Group> group, Program& program, Loop& init_loop);
  ~Vu();
  Vu(const Vu&) = delete;
  Vu& operator=(const Vu&) = delete;

  // ---- the init thread

  /// Loads the script; runs the loop until that is done or `deadline` has passed.
  /// kScript errors hold k6's text.
  Result<void> Init(TimePoint deadline);
  /// Gives the VU to its worker. From here on only that worker's thread calls.
  void MoveTo(Loop& loop, metrics::Recorder& recorder, net::NetContext* net, WorkerStats& stats);

  // ---- its worker, outside the fiber

  [[nodiscard]] State state() const { return state_; }
  /// Lets the fiber run `work`, then `done` from the event loop. What still runs at `deadline` is
  /// cut. Only in state kIdle.
  void Assign(std::function<void(Vu&)> work, TimePoint deadline, std::function<void()> done);
  /// The same, with the deadline that SetDeadline() was told.
  void Assign(std::function<void(Vu&)> work, std::function<void()> done);
  /// Lets the present work's waits end at the deadline that SetDeadline() was told; nothing without
  /// work.
  void FollowDeadline();
  /// Goes on with the fiber at once, if it is parked and nobody woke it yet. From the event loop.
  void ResumeNow() { parker_.ResumeNow(); }
  /// Cuts the present work: its waits end, its script is terminated when it next runs.
  void Interrupt();
  /// Ends the fiber from the event loop; the VU must be idle or have failed. It may be destroyed
  /// when its state is kEnded.
  void End();

  // ---- the work, on the fiber

  void SetPhase(Phase phase);
  /// Before iterations of another scenario: env, tags, counters.
  void EnterScenario(std::shared_ptr<const ScenarioInfo> scenario,
                     std::shared_ptr<const std::string> setup_json);
  /// One iteration of the scenario's function, with k6's samples, that begins now. `due`: when it
  /// was to start by plan; then samples of our own say how late it was.
  WorkResult RunIteration(IterationNumbers numbers, std::optional<TimePoint> due = std::nullopt,
                          TimePoint now = std::chrono::steady_clock::now());
  /// Runs through what an iteration runs through, without one: its code and the VU's objects are in
  /// the core's caches afterwards.
  void WarmUp();
  /// Calls an exported function with JSON arguments (nullopt = undefined), its result as JSON.
  WorkResult CallForJson(const std::string& function,
                         const std::vector<std::optional<std::string>>& json_arguments);
  /// Calls handleSummary(data): the values of the object it returns, by path. An error text of k6's
  /// in the result's `error` if it returned something else.
  WorkResult CallForFiles(const std::string& function, const std::string& json_argument,
                          std::vector<std::pair<std::string, std::string>>& files);
  /// Names of the exported functions, sorted.
  [[nodiscard]] std::vector<std::string> ExportedFunctions();
  /// An exported value as JSON text, nullopt if it is undefined or does not exist.
  Result<std::optional<std::string>> ExportAsJson(const std::string& name);
  /// Suspends until `due`; at once if the work was cut.
  void SleepUntil(TimePoint due);
  /// Collects the garbage of the VU's group.
  void GiveBackMemory() { group_->isolate().GiveBackMemory(); }
  /// Between iterations: lets the worker's other fibers and sockets run, if the last iteration
  /// never waited.
  void YieldIfBusy();
  /// Between iterations, if it is going to wait anyway: what V8 has for the isolate to do.
  void RunEngineTasks();
  /// Waits until someone unparks it; returns at once if the work was cut.
  void Park();
  /// The number of its worker on the agent, from 0.
  [[nodiscard]] std::size_t worker() const { return stats_ == nullptr ? 0 : stats_->worker; }
  /// Counts this VU as active (1) or no longer (-1), for the metric `vus`.
  void CountActive(int by);
  /// True once Interrupt() was called on the present work.
  [[nodiscard]] bool interrupted() const { return parker_.Cancelled(); }

  // ---- modules, on the fiber, inside a native call

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const plan::VuNumbers& numbers() const { return numbers_; }
  [[nodiscard]] std::int64_t iteration() const { return iteration_; }  ///< __ITER; -1 outside
  [[nodiscard]] std::int64_t scenario_iteration() const { return scenario_iteration_; }
  [[nodiscard]] const IterationNumbers& iteration_numbers() const { return iteration_numbers_; }
  [[nodiscard]] const ScenarioInfo* scenario() const { return scenario_.get(); }
  [[nodiscard]] Program& program() { return program_; }
  [[nodiscard]] net::Parker& parker() { return parker_; }
  [[nodiscard]] net::NetContext* net() { return net_; }  ///< null in init
  [[nodiscard]] Loop& loop() { return parker_.loop(); }
  [[nodiscard]] metrics::Recorder* recorder() { return recorder_; }  ///< null in init

  [[nodiscard]] const std::string& group() const { return group_path_; }
  void SetGroup(std::string path) { group_path_ = std::move(path); }
  metrics::TagList& vu_tags() { return vu_tags_; }
  /// exec.vu.metrics.metadata: annotates the VU's samples until its scenario is another.
  metrics::TagMap& metadata() { return metadata_; }
  /// Which of the system tags of a place are on.
  [[nodiscard]] const metrics::PlaceTags& place_tags() const { return place_tags_; }
  /// Takes a tag off the VU's samples, wherever it comes from, until the scenario is another.
  void DeleteTag(const std::string& name);
  /// Tags of a sample taken now; the references live as long as the VU and the arguments.
  [[nodiscard]] metrics::SampleTags Tags(std::span<const metrics::SystemTag> system,
                                         const metrics::TagList* call) const;
  /// Bytes for data_sent and data_received of the present work.
  void CountData(std::uint64_t sent, std::uint64_t received);

  /// For making values of the script, in a native or a `settle`.
  [[nodiscard]] js::Scope scope() const { return js::Scope(group_->isolate().get()); }
  void Log(LogLevel level, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {});

  /// A function of a module's face, to be called from the VU's event loop with a number.
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
  /// Called when the iteration ends by being cut: modules drop what is under way.
  void OnCleanUp(std::function<void()> clean_up) { clean_ups_.push_back(std::move(clean_up)); }
  /// Called before each iteration and phase (a fresh cookie jar).
  void OnBegin(std::function<void()> begin) { begins_.push_back(std::move(begin)); }
  /// Called after each iteration and phase.
  void OnEnd(std::function<void()> end) { ends_.push_back(std::move(end)); }
  /// exec.test.abort(): stops the test and ends this script.
  void AbortTest(std::string message);

  /// When the work must have ended. Any thread, one at a time: of a VU on loan its scenario's,
  /// which is how a script that computes without a pause is reached. FollowDeadline() behind it.
  void SetDeadline(TimePoint deadline);

  // ---- suspend.cc, the watchdog and V8's callbacks

  [[nodiscard]] std::uint64_t work_serial() const { return work_serial_.load(); }
  /// Any thread: steady clock, ns.
  [[nodiscard]] std::int64_t deadline_ns() const {
    return deadline_ns_.load(std::memory_order_relaxed);
  }
  /// Any thread, while the slot names this VU: ends the script if it still does work `serial`.
  void OrderInterrupt(std::uint64_t serial);
  /// From V8's callbacks, inside the isolate.
  void OnHeapLimit();
  /// Inside a native call: the script ends as soon as the call returns.
  void EndScript();
  struct Js;  ///< V8's side of a VU (vu.cc, events.cc)
  Js& js() { return *js_; }

 private:
  struct TimerEntry;
  struct SpawnedTask;

  void Main(TimePoint deadline);
  void OnDeadline();
  void EndWork();
  void WarnOfTimers();
  void DropPending();
  std::unique_ptr<SpawnedTask> TakeTask(SpawnedTask* task);
  void Finish(std::unique_ptr<TimerEntry>& entry);
  void EmitIteration(TimePoint began, TimePoint ended, std::optional<TimePoint> due, bool complete);
  void EmitData(std::int64_t time);
  WorkResult CallExported(const std::string& function,
                          const std::vector<std::optional<std::string>>& json_arguments,
                          const std::function<void(WorkResult&, void* value)>& use);
  void LogException(const std::string& text);
  WorkResult RunInContext(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now);
  void TakeExec();
  void BeginAnew();

  const plan::VuNumbers numbers_;
  std::shared_ptr<Group> group_;
  Program& program_;
  JsParker parker_;
  std::unique_ptr<Fiber> fiber_;
  std::unique_ptr<Js> js_;
  State state_ = State::kNew;
  Phase phase_ = Phase::kInit;
  Result<void> init_result_;

  std::function<void(Vu&)> work_;
  std::function<void()> work_done_;
  bool ending_ = false;
  std::atomic<std::uint64_t> work_serial_{0};
  std::atomic<std::int64_t> deadline_ns_{0};
  Timer deadline_timer_;

  metrics::Recorder* recorder_ = nullptr;
  net::NetContext* net_ = nullptr;
  WorkerStats* stats_ = nullptr;
  std::shared_ptr<const ScenarioInfo> scenario_;
  std::shared_ptr<const std::string> setup_json_;
  std::int64_t iteration_ = -1;
  std::int64_t next_iteration_ = 0;
  std::int64_t scenario_iteration_ = 0;
  std::int64_t next_scenario_iteration_ = 0;
  IterationNumbers iteration_numbers_;
  std::string group_path_;
  std::string base_group_;  ///< where iterations and phases begin: `::setup` in setup()
  const metrics::PlaceTags place_tags_;
  metrics::TagList vu_tags_;
  metrics::TagMap metadata_;
  struct FewerTags;
  std::unique_ptr<FewerTags> fewer_tags_;  ///< null: nothing was deleted
  std::uint64_t data_sent_ = 0, data_received_ = 0;
  bool overrun_ = false;    ///< the watchdog had to end the script
  std::string cut_reason_;  ///< why the script was ended, if not by a deadline or an abort
  bool over_heap_ = false;  ///< the present work was cut for the heap's size
  int heap_cuts_ = 0;       ///< iterations cut so, in a row
  std::string dead_;        ///< why it has no script any more

  // The VU's event loop.
  Completions completions_;
  std::vector<std::unique_ptr<TimerEntry>> timers_;
  int next_timer_ = 1;
  int outstanding_ = 0;  ///< timers and tasks the iteration waits for
  int joined_ = 0;       ///< tasks JoinSpawned() waits for
  std::vector<std::unique_ptr<SpawnedTask>> tasks_;
  std::vector<std::function<void()>> clean_ups_, begins_, ends_;
};

}  // namespace loadctl::vu
