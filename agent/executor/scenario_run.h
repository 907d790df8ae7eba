// One scenario on one agent, from its start to its last VU: counters, numbers, pauses, VUs on loan.
// Not for when iterations start: looping_run.h, ramping_run.h and arrival_run.h do that, one for
// each way of using VUs. The conductor's thread, but for what says otherwise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/executor/vu_pool.h"
#include "agent/vu/vu.h"
#include "common/base/pause_clock.h"
#include "common/plan/scenario.h"

namespace loadctl::executor {

using vu::TimePoint;

enum class ScenarioState { kWaiting, kRunning, kStopping, kDone };

/// What one scenario has counted so far. `dropped` stays at the largest number, for
/// per-vu-iterations may be asked for more than that.
struct ScenarioCounts {
  std::int64_t started = 0, complete = 0, interrupted = 0, dropped = 0;
  std::int64_t exceptions = 0;      ///< of the complete ones
  std::int64_t active = 0;          ///< VUs in an iteration, or looping
  std::int64_t vus = 0;             ///< VUs that it has, where that changes
  std::int64_t first_start_ns = 0;  ///< own time; 0: none yet
  std::int64_t vu_time_us = 0;      ///< of VUs that came back, until the regular end, summed
};

class ScenarioRun {
 public:
  /// What all scenarios of an agent share; outlives them.
  struct Host {
    VuPool& pool;
    vu::Program& program;
    std::function<void()> ended;  ///< a scenario is done; the conductor
  };

  virtual ~ScenarioRun() = default;
  ScenarioRun(const ScenarioRun&) = delete;
  ScenarioRun& operator=(const ScenarioRun&) = delete;

  [[nodiscard]] const plan::Scenario& scenario() const { return scenario_; }
  /// Summed up over the workers; any thread.
  [[nodiscard]] ScenarioCounts counts() const;
  /// Iterations this agent is to start or drop; nullopt where only time ends the scenario.
  [[nodiscard]] std::optional<std::int64_t> PlannedIterations() const;
  [[nodiscard]] ScenarioState State(TimePoint now) const;
  [[nodiscard]] bool done() const { return done_; }
  /// From its start to its end, once it is done; own time.
  [[nodiscard]] std::chrono::nanoseconds lasted() const { return lasted_; }
  [[nodiscard]] TimePoint start() const { return start_; }  ///< own time
  /// When it starts, if the test is not paused (again) before.
  [[nodiscard]] TimePoint SteadyStart() const { return SteadyTime(start_); }
  /// Share of the scenario that is done, 0..1. Any thread.
  [[nodiscard]] virtual double Progress(TimePoint now) const = 0;

  /// Fixes the scenario's start; one without work is done with that.
  void Begin(TimePoint run_start);
  /// Asks for its VUs, a little before the start.
  void Launch(std::shared_ptr<const std::string> setup_json);
  /// No iteration starts from here on; whoever calls it also cuts what the VUs do. Not called
  /// dropped, as in k6: what a stopped test did not start.
  void Stop();
  /// No iteration starts between the two, and the scenario's clock stands still. At any time, but
  /// not for a scenario that is done.
  void Pause(TimePoint at);
  void Resume(TimePoint at);
  /// externally-controlled only: `wanted` VUs from now on, of `most`, which never falls: further
  /// ones are made in the background. What is too much is cut at once. `done` when that has ended
  /// and those are made; at once where there is nothing to scale.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those that override it keep it
  virtual void Scale(std::int64_t /*wanted*/, std::int64_t /*most*/, std::function<void()> done) {
    done();
  }
  /// VUs it may have.
  [[nodiscard]] virtual std::int64_t most() const { return vus_; }

 protected:
  ScenarioRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host);

  virtual void OnBegin() {}
  virtual void OnLaunch() = 0;
  virtual void OnStop() = 0;
  virtual void OnResume() {}
  /// A VU came back from Lend(), and has not yet been given to the pool.
  virtual void OnReturn(PooledVu) {}
  /// Whether nothing more will be asked for or started; looked at when a VU came back.
  [[nodiscard]] virtual bool Over() const = 0;
  /// Whether no worker counts anything any more, but for VUs on loan; of a stopped scenario, too.
  [[nodiscard]] virtual bool AtRest() const { return true; }

  /// Asks the pool for a VU for `taker`, which calls Lend().
  void Take(VuPool::Taker taker);
  /// Lets the VU run `loop` on its fiber, cut at the scenario's end at the latest. It is the
  /// scenario's from `since` on (own time): by plan, for how late it is is told elsewhere.
  void Lend(PooledVu vu, TimePoint since, std::function<void(vu::Vu&)> loop);
  /// Ends the scenario if it is over or stopped, no VU is on loan, and nothing is counted any more.
  void CheckDone();

  // ---- on the fiber of a VU on loan

  /// Waits for the scenario's start.
  void AwaitStart(vu::Vu& vu);
  /// Waits while the test is paused, not counted as active; false if the VU is to start nothing
  /// more. Only for a VU that is counted.
  bool MayStart(vu::Vu& vu);
  /// One iteration, now; `due` is when it was to start by plan.
  void Iterate(vu::Vu& vu, TimePoint now, std::optional<TimePoint> due);
  void CountActive(vu::Vu& vu, int by);
  /// VUs that the scenario has, for the progress bar. Any thread.
  void CountVus(int by) { has_vus_.fetch_add(by, std::memory_order_relaxed); }
  /// VUs that it has had; the conductor.
  void CountVuTime(std::chrono::nanoseconds time);

  // ---- any worker

  void EmitDropped(metrics::Recorder& recorder, std::int64_t count);
  /// The scenario's clock: the steady clock without the pauses.
  [[nodiscard]] TimePoint OwnTime(TimePoint steady) const { return clock_.Own(steady); }
  [[nodiscard]] TimePoint SteadyTime(TimePoint own) const { return clock_.Steady(own); }
  /// Stopped, or about to be: a script of this agent has asked for it.
  [[nodiscard]] bool stopped() const {
    return stopped_.load(std::memory_order_relaxed) ||
           host_.program.aborted.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool paused() const { return clock_.paused(); }

  [[nodiscard]] const plan::ExecutionTuple& tuple() const { return tuple_; }
  [[nodiscard]] const std::optional<plan::ExecutionTuple>& iteration_tuple() const {
    return iteration_tuple_;
  }
  [[nodiscard]] VuPool& pool() { return host_.pool; }
  /// From the scenario's start on; own time.
  [[nodiscard]] TimePoint cut() const { return cut_; }
  [[nodiscard]] std::int64_t vus() const { return vus_; }
  [[nodiscard]] std::size_t missing() const { return missing_; }
  [[nodiscard]] bool launched() const { return launched_; }
  void Warn(const std::string& text);
  /// Logs, as k6 does, why VUs could not be made while the test runs.
  void LogFailures(std::span<const Error> failures);
  /// The deadline (own time) of a VU on loan, for one that computes without a pause, too; unless it
  /// has been cut.
  void SetDeadline(PooledVu vu, TimePoint own);
  /// Cuts what a VU on loan does, paused or not.
  void Cut(PooledVu vu);

 private:
  /// A VU on loan.
  struct Loan {
    TimePoint deadline, since;  // own time
    bool cut = false;           // it is on its way back
  };
  /// A worker's counters: that worker writes, any thread reads.
  struct alignas(64) Part {
    std::atomic<std::int64_t> started{0}, complete{0}, interrupted{0}, exceptions{0}, active{0};
    std::int64_t next = 0, end = 0, block = 1;  // numbers that it has drawn
    TimePoint drawn{};
  };
  [[nodiscard]] std::int64_t NextNumber(Part& part, TimePoint now);
  void Returned(PooledVu vu);
  /// Without VUs of its own it may yet get some, from outside.
  [[nodiscard]] bool MayGetVus() const;
  static void TellDeadline(vu::Vu& vu, TimePoint steady);

  const plan::Scenario scenario_;
  const plan::ExecutionTuple tuple_;
  const std::optional<plan::ExecutionTuple> iteration_tuple_;
  const std::int64_t vus_;
  Host host_;
  std::shared_ptr<vu::ScenarioInfo> info_;
  std::shared_ptr<const std::string> setup_json_;
  TimePoint start_{};
  TimePoint cut_{};
  PauseClock clock_;
  std::vector<Part> parts_;               // one a worker
  bool known_ = false;                    // how many iterations there are to be
  std::atomic<std::int64_t> numbers_{0};  // drawn by the workers
  std::atomic<std::int64_t> dropped_{0}, has_vus_{0}, first_start_ns_{0}, vu_time_us_{0};
  std::atomic<bool> stopped_{false};
  std::map<vu::Vu*, Loan> lent_;
  std::size_t missing_ = 0;
  bool launched_ = false;
  bool done_ = false;
  std::chrono::nanoseconds lasted_{0};
};

/// The run of a scenario on the tuple's agent.
[[nodiscard]] std::unique_ptr<ScenarioRun> MakeScenarioRun(const plan::Scenario& scenario,
                                                           const plan::ExecutionTuple& tuple,
                                                           ScenarioRun::Host host);

}  // namespace loadctl::executor
