#include "controller/run/progress.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/time.h"
#include "common/plan/tick_schedule.h"
#include "common/wire/codes.h"

namespace loadctl::controller {
namespace {

using ScenarioProgress = v1::RunScenarioProgress;
using std::chrono::nanoseconds;
using wire::SpanOf;

/// Most iterations per second of a ramp.
double HighestRate(const plan::RampingArrivalRate& config) {
  std::int64_t most = config.start_rate;
  for (const auto& stage : config.stages) most = std::max(most, stage.target.value_or(0));
  return static_cast<double>(most) * 1e9 / static_cast<double>(config.time_unit.count());
}

/// What the configuration says of the bar of this part of the run.
void Shape(const plan::ConstantVus&, ScenarioProgress& shown, const plan::ExecutionTuple&) {
  shown.set_shape(ScenarioProgress::CONSTANT_VUS);
  shown.set_vus(shown.max_vus());
}
void Shape(const plan::PerVuIterations& config, ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.set_shape(ScenarioProgress::PER_VU_ITERATIONS);
  shown.set_vus(shown.max_vus());
  shown.set_iterations_per_vu(config.iterations);
  // Wraps for absurd numbers, as k6's does.
  shown.set_total_iterations(static_cast<std::int64_t>(
      static_cast<std::uint64_t>(shown.vus()) * static_cast<std::uint64_t>(config.iterations)));
}
void Shape(const plan::SharedIterations& config, ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.set_shape(ScenarioProgress::SHARED_ITERATIONS);
  shown.set_vus(shown.max_vus());
  plan::Scenario scenario;
  scenario.executor = config;
  shown.set_total_iterations(plan::IterationsOf(scenario, tuple).value_or(0));
}
void Shape(const plan::RampingVus&, ScenarioProgress& shown, const plan::ExecutionTuple&) {
  shown.set_shape(ScenarioProgress::RAMPING_VUS);
}
void Shape(const plan::ExternallyControlled&, ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.set_shape(ScenarioProgress::RAMPING_VUS);
}
template <class Config>
double RateNow(const Config& config, const ScenarioProgress& shown,
               const plan::ExecutionTuple& tuple) {
  return plan::TickSchedule(config).RateAt(SpanOf(shown.elapsed_ns())) * plan::LengthOf(tuple);
}
void Shape(const plan::ConstantArrivalRate& config, ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.set_shape(ScenarioProgress::CONSTANT_ARRIVAL_RATE);
  shown.set_iterations_per_second(RateNow(config, shown, tuple));
}
void Shape(const plan::RampingArrivalRate& config, ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.set_shape(ScenarioProgress::RAMPING_ARRIVAL_RATE);
  shown.set_iterations_per_second(RateNow(config, shown, tuple));
  shown.set_max_iterations_per_second(HighestRate(config) * plan::LengthOf(tuple));
}

/// Waiting for its time, running, or over; `all_done`: on all agents.
void PutStatus(const plan::Scenario& scenario, const RunClock& clock, const Stage& stage,
               bool all_done, ScenarioProgress& shown) {
  const auto now = clock.Now();
  const auto start = Later(clock.started().value_or(clock.OwnNow()), scenario.start_time);
  const bool waits = scenario.start_time.count() > 0;
  shown.set_status(waits ? ScenarioProgress::WAITING : ScenarioProgress::RUNNING);
  shown.set_starts_in_ns(scenario.start_time.count());
  if (!clock.started()) return;
  if (now < start && waits) return shown.set_starts_in_ns(nanoseconds(start - now).count());
  shown.set_started(true);
  const bool done = stage.phase >= v1::RunProgress::TEARDOWN || all_done;
  const bool late = now - start >= plan::RegularDuration(scenario);
  shown.set_status(!done           ? (late ? ScenarioProgress::STOPPING : ScenarioProgress::RUNNING)
                   : stage.stopped ? ScenarioProgress::INTERRUPTED
                                   : ScenarioProgress::DONE);
}

ScenarioProgress MakeScenarioProgress(const plan::Scenario& scenario,
                                      const plan::ExecutionTuple& tuple, const Agents& agents,
                                      const RunClock& clock,
                                      const std::optional<Steering::External>& external,
                                      const Stage& stage) {
  ScenarioProgress shown;
  shown.set_name(scenario.name);
  shown.set_max_vus(plan::VusOf(scenario, tuple));
  shown.set_total_ns(plan::RegularDuration(scenario).count());
  shown.set_start_time_ns(scenario.start_time.count());
  v1::ScenarioProgress sum;
  const bool any = agents.ScenarioProgress(scenario.name, sum);
  const bool all_done = any && sum.state() == v1::ScenarioProgress::DONE;
  shown.set_done_iterations(sum.complete());
  shown.set_vus(sum.vus());
  shown.set_busy_vus(sum.active_vus());
  if (external && external->name == scenario.name) shown.set_max_vus(external->max);
  const auto start = Later(clock.started().value_or(clock.OwnNow()), scenario.start_time);
  nanoseconds elapsed = std::max<nanoseconds>(clock.Now() - start, nanoseconds(0));
  // A scenario that is over shows how long it took, as in k6.
  if (all_done) elapsed = std::clamp(nanoseconds(sum.lasted_ns()), nanoseconds(0), elapsed);
  shown.set_elapsed_ns(elapsed.count());
  std::visit([&](const auto& config) { Shape(config, shown, tuple); }, scenario.executor);
  PutStatus(scenario, clock, stage, all_done, shown);
  return shown;
}

}  // namespace

v1::RunProgress MakeProgress(const RunInputs& inputs, const Agents& agents, const RunClock& clock,
                             const std::optional<Steering::External>& external,
                             const Stage& stage) {
  v1::RunProgress shown;
  shown.set_phase(stage.shown);
  shown.set_paused(clock.paused());
  shown.set_elapsed_ns(clock.Elapsed().count());
  const auto& needs = inputs.plan.requirements;
  shown.set_max_duration_ns(needs.max_duration.count());
  shown.set_planned_vus(needs.planned_vus);
  shown.set_max_vus(needs.max_vus + (external ? external->max - external->start_max : 0));
  const v1::Progress sum = agents.Progress();
  shown.set_active_vus(clock.ended() ? 0 : sum.active_vus());
  shown.set_initialized_vus(sum.initialized_vus());
  shown.set_complete_iterations(sum.complete());
  shown.set_interrupted_iterations(sum.interrupted());
  if (clock.started() && clock.Now() > *clock.started()) {
    shown.set_iterations_per_second(
        static_cast<double>(sum.complete()) /
        std::chrono::duration<double>(clock.Now() - *clock.started()).count());
  }
  const auto tuple = plan::TupleOf(inputs.plan.options).value_or(plan::ExecutionTuple());
  for (const auto& scenario : inputs.plan.options.scenarios) {
    *shown.add_scenarios() = MakeScenarioProgress(scenario, tuple, agents, clock, external, stage);
  }
  return shown;
}

}  // namespace loadctl::controller
