// One scenario on one agent: its VUs, its executor, its counters, from its start to its last VU.
// Start() and the end on the agent's conductor thread; the loop of each VU on its worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/executor/executor.h"
#include "agent/vu/vu.h"
#include "common/plan/scenario.h"

namespace loadctl::executor {

enum class ScenarioState { kWaiting, kRunning, kStopping, kDone };

/// Counters of one scenario. Written by workers, read by any thread.
struct ScenarioCounts {
  std::atomic<std::int64_t> started{0}, complete{0}, interrupted{0}, dropped{0}, active{0};
  std::atomic<std::int64_t> first_start_ns{0};  ///< steady clock; 0: none yet
};

class ScenarioRun final {
 public:
  ScenarioRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple);

  [[nodiscard]] const plan::Scenario& scenario() const { return scenario_; }
  [[nodiscard]] const ScenarioCounts& counts() const { return counts_; }
  [[nodiscard]] std::int64_t vus_wanted() const { return vus_; }
  /// Iterations this agent is to start or drop; nullopt where only time ends the scenario.
  [[nodiscard]] std::optional<std::int64_t> PlannedIterations() const;
  [[nodiscard]] ScenarioState State(TimePoint now) const;
  [[nodiscard]] bool done() const { return done_; }

  /// Fixes the scenario's start; before any VU is given.
  void Begin(TimePoint run_start);
  [[nodiscard]] TimePoint start() const { return start_; }

  /// Lets the VU work for this scenario; `returned` is called from its worker's loop when it has
  /// finished. On the VU's worker.
  void Give(vu::Vu& vu, std::shared_ptr<const std::string> setup_json,
            std::function<void()> returned);
  /// No iteration starts from here on. Any thread.
  void Stop() { stopped_ = true; }
  /// After the last VU came back (or where there is nothing to do). On a worker.
  void Finish(metrics::Recorder& recorder, const metrics::TagMap& run_tags);
  void MarkDone() { done_ = true; }

 private:
  void Loop(vu::Vu& vu);
  void EmitDropped(metrics::Recorder& recorder, const metrics::TagMap& run_tags,
                   std::int64_t count);

  plan::Scenario scenario_;
  plan::ExecutionTuple tuple_;
  std::optional<plan::ExecutionTuple> iteration_tuple_;
  std::int64_t vus_;
  std::shared_ptr<vu::ScenarioInfo> info_;
  std::unique_ptr<Executor> executor_;
  TimePoint start_{};
  TimePoint cut_{};
  ScenarioCounts counts_;
  std::atomic<std::int64_t> next_iteration_{0};
  std::atomic<bool> stopped_{false};
  bool done_ = false;
};

}  // namespace loadctl::executor
