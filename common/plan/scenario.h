// Scenarios: what a script asks to be run, by which executor, and what of it falls to one agent.
// Not for running them (agent/executor) nor for where the options come from (controller/plan).
// Plain values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/plan/segment.h"

namespace loadctl::plan {

/// A fixed number of VUs, each looping until `duration` is over.
struct ConstantVus {
  static constexpr std::string_view kName = "constant-vus";
  std::int64_t vus = 1;
  std::optional<std::chrono::nanoseconds> duration;  ///< required; ValidateScenario() says so
  bool operator==(const ConstantVus&) const = default;
};

/// A fixed number of VUs, each running `iterations` iterations.
struct PerVuIterations {
  static constexpr std::string_view kName = "per-vu-iterations";
  std::int64_t vus = 1;
  std::int64_t iterations = 1;  ///< for each VU
  std::chrono::nanoseconds max_duration = std::chrono::minutes(10);
  bool operator==(const PerVuIterations&) const = default;
};

/// A fixed number of iterations, taken by VUs as they become free.
struct SharedIterations {
  static constexpr std::string_view kName = "shared-iterations";
  std::int64_t vus = 1;
  std::int64_t iterations = 1;  ///< for all VUs of all agents together
  std::chrono::nanoseconds max_duration = std::chrono::minutes(10);
  bool operator==(const SharedIterations&) const = default;
};

/// A part of a ramp: from where the last one ended to `target`, in `duration`. Both are required;
/// ValidateScenario() says so.
struct Stage {
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::int64_t> target;
  bool operator==(const Stage&) const = default;
};

/// A number of VUs that follows the stages, each VU looping while there are to be so many.
struct RampingVus {
  static constexpr std::string_view kName = "ramping-vus";
  std::int64_t start_vus = 1;
  std::vector<Stage> stages;
  std::chrono::nanoseconds graceful_ramp_down = std::chrono::seconds(30);
  bool operator==(const RampingVus&) const = default;
};

/// VUs that arrival rates may use: `pre_allocated` are made before the run, the rest when needed.
struct ArrivalVus {
  std::optional<std::int64_t> pre_allocated;  ///< required
  std::optional<std::int64_t> max;            ///< absent: as many as pre-allocated
  [[nodiscard]] std::int64_t Planned() const { return pre_allocated.value_or(0); }
  [[nodiscard]] std::int64_t Max() const { return max.value_or(Planned()); }
  bool operator==(const ArrivalVus&) const = default;
};

/// `rate` iterations every `time_unit`, whatever the target does.
struct ConstantArrivalRate {
  static constexpr std::string_view kName = "constant-arrival-rate";
  std::optional<std::int64_t> rate;  ///< required
  std::chrono::nanoseconds time_unit = std::chrono::seconds(1);
  std::optional<std::chrono::nanoseconds> duration;  ///< required
  ArrivalVus vus;
  bool operator==(const ConstantArrivalRate&) const = default;
};

/// A rate of iterations that follows the stages.
struct RampingArrivalRate {
  static constexpr std::string_view kName = "ramping-arrival-rate";
  std::int64_t start_rate = 0;
  std::chrono::nanoseconds time_unit = std::chrono::seconds(1);
  std::vector<Stage> stages;
  ArrivalVus vus;
  bool operator==(const RampingArrivalRate&) const = default;
};

/// A number of looping VUs that is changed from outside while the test runs; k6 had it up to 1.x.
struct ExternallyControlled {
  static constexpr std::string_view kName = "externally-controlled";
  std::int64_t vus = 0;
  std::optional<std::int64_t> max_vus;               ///< absent: `vus`
  std::optional<std::chrono::nanoseconds> duration;  ///< required; 0 = until it is stopped
  [[nodiscard]] std::int64_t Max() const { return max_vus.value_or(vus); }
  bool operator==(const ExternallyControlled&) const = default;
};

/// One member for each executor kind; visited exhaustively, so a new one must be handled
/// everywhere.
using ExecutorConfig = std::variant<ConstantVus, RampingVus, PerVuIterations, SharedIterations,
                                    ConstantArrivalRate, RampingArrivalRate, ExternallyControlled>;

/// One entry of `scenarios`, or the scenario `default` made of the shortcuts.
struct Scenario {
  std::string name;
  ExecutorConfig executor = PerVuIterations{};
  std::chrono::nanoseconds start_time{0};  ///< after setup()
  /// 0 where the executor has none (externally-controlled).
  std::chrono::nanoseconds graceful_stop = std::chrono::seconds(30);
  std::optional<std::string> exec;  ///< as the script wrote it; ExecFunction() gives the default
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> tags;
  std::optional<std::string> options_json;   ///< `options`: kept as JSON text
  std::set<std::string, std::less<>> given;  ///< its fields that somebody has set, by their names
  bool operator==(const Scenario&) const = default;
};

/// The executor's name in scripts: `constant-vus`.
[[nodiscard]] std::string_view ExecutorName(const ExecutorConfig& executor);

/// A text of `options`, such as `httpVersion` or `connectionReuse`; empty if it says nothing of it.
[[nodiscard]] std::string OptionOf(const Scenario& scenario, std::string_view key);

/// Name of the exported function that an iteration calls.
[[nodiscard]] std::string ExecFunction(const Scenario& scenario);

/// Most VUs of a scenario: what ExecutionTuple::Retuple() can always split. k6 sets no limit.
inline constexpr std::int64_t kMaxVus = ExecutionTuple::kMaxPeriod;

/// What is wrong with the scenario, in k6's words and order; empty if nothing is.
[[nodiscard]] std::vector<std::string> ValidateScenario(const Scenario& scenario);

/// The same for scenarios that another program sent: fails (kInvalidConfig) with the first problem.
[[nodiscard]] Result<void> CheckScenarios(std::span<const Scenario> scenarios);

/// Most VUs of this scenario on the tuple's agent at any time, unplanned ones included.
[[nodiscard]] std::int64_t VusOf(const Scenario& scenario, const ExecutionTuple& tuple);

/// Iterations of this scenario on the tuple's agent: for each VU (per-vu-iterations), or for all
/// its VUs together (shared-iterations); nullopt where only time ends it.
[[nodiscard]] std::optional<std::int64_t> IterationsOf(const Scenario& scenario,
                                                       const ExecutionTuple& tuple);

/// The tuple along whose stripe iteration numbers (iterationInTest) run, and ticks of arrival rates
/// are dealt: Retuple(vus) for shared-iterations, Retuple(maxVUs) for arrival rates, the tuple
/// itself otherwise; nullopt where the agent has no work. The scenario is valid: at most kMaxVus.
[[nodiscard]] std::optional<ExecutionTuple> IterationTuple(const Scenario& scenario,
                                                           const ExecutionTuple& tuple);

/// Whether the tuple's agent has anything to do here; a scenario without work is skipped.
[[nodiscard]] bool HasWork(const Scenario& scenario, const ExecutionTuple& tuple);

/// From the scenario's start to the instant after which no iteration starts; the largest duration
/// where nothing ends it.
[[nodiscard]] std::chrono::nanoseconds RegularDuration(const Scenario& scenario);

/// From the end of setup() to the instant at which the last iteration is cut: startTime, regular
/// duration and gracefulStop. Capped at the largest duration.
[[nodiscard]] std::chrono::nanoseconds EndOffset(const Scenario& scenario);

/// From `offset` on (to the next step) so many VUs are needed.
struct ExecutionStep {
  std::chrono::nanoseconds offset{0};
  std::int64_t planned = 0;    ///< created before setup()
  std::int64_t unplanned = 0;  ///< may be created on the way
  bool operator==(const ExecutionStep&) const = default;
};

/// The scenario's own needs, counted from its start.
[[nodiscard]] std::vector<ExecutionStep> StepsOf(const Scenario& scenario,
                                                 const ExecutionTuple& tuple);

/// What all scenarios together need on one agent (or, with the default tuple, in the whole run).
struct ExecutionRequirements {
  std::vector<ExecutionStep> steps;  ///< merged, startTime included
  std::int64_t planned_vus = 0;      ///< to create before setup()
  std::int64_t max_vus = 0;          ///< planned and unplanned
  std::chrono::nanoseconds max_duration{0};
  bool operator==(const ExecutionRequirements&) const = default;
};
[[nodiscard]] ExecutionRequirements RequirementsOf(std::span<const Scenario> scenarios,
                                                   const ExecutionTuple& tuple);

/// Sorts by (startTime, name), k6's order of scenarios.
void SortScenarios(std::vector<Scenario>& scenarios);

/// How much of the whole run is the tuple's: 1 for all of it.
[[nodiscard]] double LengthOf(const ExecutionTuple& tuple);

/// What the header says of a scenario: `10 looping VUs for 30s (gracefulStop: 30s)`.
[[nodiscard]] std::string Describe(const Scenario& scenario, const ExecutionTuple& tuple);

/// A VU's two numbers, both from 1.
struct VuNumbers {
  std::int64_t in_instance = 0;  ///< `__VU`, `exec.vu.idInInstance`
  std::int64_t in_test = 0;      ///< `exec.vu.idInTest`: unique over all agents
  bool operator==(const VuNumbers&) const = default;
};

/// Numbers of the first `count` VUs of the tuple's agent, in order of creation.
[[nodiscard]] std::vector<VuNumbers> AssignVus(const ExecutionTuple& tuple, std::int64_t count);

/// The wire form; ScenarioFromJson of it gives the same scenario.
[[nodiscard]] std::string ScenarioToJson(const Scenario& scenario);
/// Fails (kInvalidConfig) on anything ScenarioToJson does not write. Does not validate numbers.
[[nodiscard]] Result<Scenario> ScenarioFromJson(std::string_view json);

/// All stages' durations together. Capped at the largest duration.
[[nodiscard]] std::chrono::nanoseconds SumOf(std::span<const Stage> stages);

}  // namespace loadctl::plan
