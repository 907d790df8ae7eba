// One virtual user: a fiber with a JavaScript context of its own, the script loaded in it.
// Not for when it iterates (executors) nor what modules do. What it consists of is in the headers
// of execution, events, vu_tags, vu_samples, hooks. Made on an init thread, then its worker's
// thread for good; what may be called from a fiber says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/js/host.h"
#include "agent/js/value.h"
#include "agent/metrics/recorder.h"
#include "agent/net/socket/parker.h"
#include "agent/vu/cut.h"
#include "agent/vu/escape.h"
#include "agent/vu/events.h"
#include "agent/vu/execution.h"
#include "agent/vu/group.h"
#include "agent/vu/hooks.h"
#include "agent/vu/loop.h"
#include "agent/vu/program.h"
#include "agent/vu/suspend.h"
#include "agent/vu/vu_samples.h"
#include "agent/vu/vu_tags.h"
#include "agent/vu/work.h"
#include "common/base/error.h"
#include "common/plan/scenario.h"

namespace loadctl::net {
struct NetContext;
}

namespace loadctl::vu {

/// How one piece of work (an iteration, setup()) ended.
struct WorkResult {
  enum class Kind { kComplete, kException, kInterrupted, kBadResult };
  Kind kind = Kind::kComplete;
  std::string error;                ///< exception text, k6's
  std::optional<std::string> json;  ///< CallForJson(): the result as JSON; empty for undefined
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
  /// Lets the fiber run `body`, then `done` from the event loop. What still runs at `deadline` is
  /// cut. Only in state kIdle.
  void Assign(Work::Body body, TimePoint deadline, Work::Done done);
  /// The same, with the deadline that SetDeadline() was told.
  void Assign(Work::Body body, Work::Done done);
  /// When the work must have ended. Any thread, one at a time: of a VU on loan its scenario's,
  /// which is how a script that computes without a pause is reached. FollowDeadline() behind it.
  void SetDeadline(TimePoint deadline) { work_.SetDeadline(deadline); }
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
  /// An exported value as JSON text, nullopt if it is undefined or does not exist. Members that are
  /// undefined are null. Fails: kGeneric for what JSON does not have, as in k6; kScript if a getter
  /// throws.
  Result<std::optional<std::string>> ExportAsJson(const std::string& name);
  /// Suspends until `due`; at once if the work was cut.
  void SleepUntil(TimePoint due);
  [[nodiscard]] Group& group() const { return *group_; }
  /// Collects the garbage of the VU's group.
  void GiveBackMemory() { group_->isolate().GiveBackMemory(); }
  /// Between iterations: lets the worker's other fibers and sockets run, if the last iteration
  /// never waited.
  void YieldIfBusy();
  /// Between iterations, if it is going to wait anyway: what V8 has for the isolate to do.
  void RunEngineTasks();
  /// Waits until someone unparks it; returns at once if the work was cut.
  void Park();
  /// True once Interrupt() was called on the present work.
  [[nodiscard]] bool interrupted() const { return parker_.Cancelled(); }

  // ---- modules, on the fiber, inside a native call

  [[nodiscard]] const plan::VuNumbers& numbers() const { return execution_.vu(); }
  [[nodiscard]] const Execution& execution() const { return execution_; }
  [[nodiscard]] VuTags& tags() { return tags_; }
  [[nodiscard]] Events& events() { return events_; }
  [[nodiscard]] Hooks& hooks() { return hooks_; }
  [[nodiscard]] VuSamples& samples() { return samples_; }
  [[nodiscard]] Program& program() { return program_; }
  [[nodiscard]] net::Parker& parker() { return parker_; }
  [[nodiscard]] net::NetContext* net() { return net_; }  ///< null in init
  [[nodiscard]] Loop& loop() { return parker_.loop(); }
  [[nodiscard]] metrics::Recorder* recorder() { return samples_.recorder(); }  ///< null in init

  /// For making values of the script, in a native or a promise's settling.
  [[nodiscard]] js::Scope scope() const { return js::Scope(group_->isolate().get()); }
  void Log(LogLevel level, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {});
  /// exec.test.abort(): stops the test and ends this script.
  void AbortTest(std::string message);

  // ---- suspend.cc, the watchdog and V8's callbacks

  /// What it says of the work may be asked from any thread, while the loop's slot names this VU.
  [[nodiscard]] const Work& work() const { return work_; }
  /// Any thread, while the slot names this VU: ends the script if it still does work `serial`.
  void OrderInterrupt(std::uint64_t serial);
  /// The same for what it does itself: `reason` is its exception, with the place in the script.
  void OrderEnd(std::uint64_t serial, std::string reason);
  /// The same, without ending it: `tell`, on the VU's thread, gets where the script is, in words
  /// that begin with a space.
  void AskPlace(std::uint64_t serial, std::function<void(const std::string& where)> tell);
  /// From V8's callbacks, inside the isolate.
  void OnHeapLimit();
  [[nodiscard]] Escape& escape() { return escape_; }
  /// Its isolate is collecting garbage.
  [[nodiscard]] bool collecting() const { return group_->collecting; }
  /// Inside a native call: the script ends as soon as the call returns.
  void EndScript();
  /// Before code of it runs, where another VU's may have run in the same context.
  void EnterCompartment();
  struct Js;  ///< V8's side of a VU (vu_js.h)
  Js& js() { return *js_; }

 private:
  void Main(TimePoint deadline);
  void EndWork();
  WorkResult CallExported(const std::string& function,
                          const std::vector<std::optional<std::string>>& json_arguments,
                          const std::function<void(WorkResult&, void* value)>& use);
  void LogException(const std::string& text);
  void WhileItRuns(std::uint64_t serial, std::function<void(Vu&)> then);
  WorkResult CallInContext(const std::string& function,
                           const std::vector<std::optional<std::string>>& json_arguments,
                           const std::function<void(WorkResult&, void* value)>& use);
  WorkResult RunInContext(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now);
  WorkResult EndIteration(WorkResult result, std::optional<TimePoint> due, TimePoint now);
  WorkResult AfterEscape();
  Result<void> LoadScript();
  void BeginAnew(const std::string& why);

  std::shared_ptr<Group> group_;
  Program& program_;
  JsParker parker_;
  std::unique_ptr<Fiber> fiber_;
  std::unique_ptr<Js> js_;
  State state_ = State::kNew;
  Result<void> init_result_;
  bool ending_ = false;
  Work work_;
  Cut cut_;
  Escape escape_;
  net::NetContext* net_ = nullptr;
  Execution execution_;
  VuTags tags_;
  VuSamples samples_;
  Events events_;
  Hooks hooks_;
};

}  // namespace loadctl::vu
