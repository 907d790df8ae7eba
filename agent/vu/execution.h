// Where a VU stands: its numbers, the phase, the scenario it works for, and its iteration in all
// the ways k6 counts them. What k6/execution shows. The VU's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "agent/vu/program.h"
#include "common/plan/scenario.h"

namespace loadctl::vu {

enum class Phase { kInit, kSetup, kIteration, kTeardown, kSummary };

/// The value of the tag `phase` there: `setup`, `warmup`, `steady`, `teardown`; empty elsewhere.
[[nodiscard]] inline std::string_view PhaseTag(Phase phase, const ScenarioInfo* scenario) {
  if (phase == Phase::kSetup) return "setup";
  if (phase == Phase::kTeardown) return "teardown";
  if (phase != Phase::kIteration) return {};
  const bool warming = scenario != nullptr && scenario->warming && scenario->warming();
  return warming ? "warmup" : "steady";
}

/// Numbers of an iteration; from 0.
struct IterationNumbers {
  std::int64_t in_instance = 0;
  std::int64_t in_test = 0;
};

class Execution final {
 public:
  explicit Execution(plan::VuNumbers vu) : vu_(vu) {}

  /// 0 for setup, teardown and summary VUs.
  [[nodiscard]] const plan::VuNumbers& vu() const { return vu_; }
  [[nodiscard]] Phase phase() const { return phase_; }
  /// Null outside scenarios.
  [[nodiscard]] const ScenarioInfo* scenario() const { return scenario_.get(); }
  /// The same, for who keeps what it learned of one.
  [[nodiscard]] const std::shared_ptr<const ScenarioInfo>& kept_scenario() const {
    return scenario_;
  }
  [[nodiscard]] std::int64_t iteration() const { return iteration_; }  ///< __ITER; -1 outside
  [[nodiscard]] std::int64_t scenario_iteration() const { return scenario_iteration_; }
  /// Of the present iteration, or the last one.
  [[nodiscard]] const IterationNumbers& iteration_numbers() const { return iteration_numbers_; }

  /// Gives the phase before.
  Phase SetPhase(Phase phase) { return std::exchange(phase_, phase); }
  /// True if it is another than before: its iterations are counted from 0.
  bool EnterScenario(std::shared_ptr<const ScenarioInfo> scenario) {
    const bool other = scenario_ != scenario;
    if (other) next_scenario_iteration_ = 0;
    scenario_ = std::move(scenario);
    return other;
  }
  void BeginIteration(IterationNumbers numbers) {
    iteration_ = next_iteration_++;
    scenario_iteration_ = next_scenario_iteration_++;
    iteration_numbers_ = numbers;
  }

 private:
  const plan::VuNumbers vu_;
  Phase phase_ = Phase::kInit;
  std::shared_ptr<const ScenarioInfo> scenario_;
  std::int64_t iteration_ = -1;
  std::int64_t next_iteration_ = 0;
  std::int64_t scenario_iteration_ = 0;
  std::int64_t next_scenario_iteration_ = 0;
  IterationNumbers iteration_numbers_;
};

}  // namespace loadctl::vu
