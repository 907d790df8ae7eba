#include "agent/executor/scenario_run.h"

#include <limits>
#include <utility>

#include "agent/vu/clock.h"
#include "common/base/time.h"

namespace loadctl::executor {
ScenarioRun::ScenarioRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple)
    : scenario_(std::move(scenario)),
      tuple_(tuple),
      iteration_tuple_(plan::IterationTuple(scenario_, tuple)),
      vus_(plan::HasWork(scenario_, tuple) ? plan::VusOf(scenario_, tuple) : 0) {}

void ScenarioRun::Begin(TimePoint run_start) {
  start_ = Later(run_start, scenario_.start_time);
  cut_ = Later(run_start, plan::EndOffset(scenario_));
  executor_ = MakeExecutor(scenario_, tuple_, start_);
  info_ = std::make_shared<vu::ScenarioInfo>();
  info_->name = scenario_.name;
  info_->executor = plan::ExecutorName(scenario_.executor);
  info_->exec = plan::ExecFunction(scenario_);
  info_->env = {scenario_.env.begin(), scenario_.env.end()};
  info_->tags = {scenario_.tags.begin(), scenario_.tags.end()};
  info_->start_unix_ms = vu::WallNs(start_) / 1'000'000;
  info_->progress = [this] { return executor_->Progress(std::chrono::steady_clock::now()); };
}

std::optional<std::int64_t> ScenarioRun::PlannedIterations() const {
  if (vus_ == 0) return 0;
  const auto iterations = plan::IterationsOf(scenario_, tuple_);
  if (!iterations) return std::nullopt;
  const bool each = std::holds_alternative<plan::PerVuIterations>(scenario_.executor);
  return each ? *iterations * vus_ : *iterations;
}

ScenarioState ScenarioRun::State(TimePoint now) const {
  if (done_) return ScenarioState::kDone;
  if (!executor_ || now < start_) return ScenarioState::kWaiting;
  if (now < Later(start_, plan::RegularDuration(scenario_))) return ScenarioState::kRunning;
  return ScenarioState::kStopping;
}

void ScenarioRun::Give(vu::Vu& vu, std::shared_ptr<const std::string> setup_json,
                       std::function<void()> returned) {
  vu.Assign(
      [this, setup = std::move(setup_json)](vu::Vu& self) {
        self.EnterScenario(info_, setup);
        Loop(self);
      },
      cut_, std::move(returned));
}

void ScenarioRun::Loop(vu::Vu& vu) {
  Turn turn;
  vu.SleepUntil(start_);
  counts_.active.fetch_add(1);
  while (!vu.interrupted() && !stopped_.load(std::memory_order_relaxed)) {
    const TimePoint now = std::chrono::steady_clock::now();
    if (!executor_->Next(turn, now)) break;
    ++turn.started;
    if (counts_.started.fetch_add(1, std::memory_order_relaxed) == 0)
      counts_.first_start_ns = vu::SteadyNs(now);
    vu::IterationNumbers numbers;
    numbers.in_instance = next_iteration_.fetch_add(1, std::memory_order_relaxed);
    numbers.in_test = iteration_tuple_ ? iteration_tuple_->GlobalNumber(numbers.in_instance + 1) - 1
                                       : numbers.in_instance;
    const vu::WorkResult result = vu.RunIteration(numbers);
    auto& count =
        result.kind == vu::WorkResult::Kind::kInterrupted ? counts_.interrupted : counts_.complete;
    count.fetch_add(1, std::memory_order_relaxed);
    vu.YieldIfBusy();
  }
  counts_.active.fetch_sub(1);
  // As in k6, what a stopped test did not start is not called dropped.
  if (!stopped_) {
    EmitDropped(*vu.recorder(), vu.program().options.tags, executor_->DroppedBy(turn));
  }
}

void ScenarioRun::Finish(metrics::Recorder& recorder, const metrics::TagMap& run_tags) {
  if (executor_ && vus_ > 0 && !stopped_)
    EmitDropped(recorder, run_tags, executor_->DroppedByAll());
}

void ScenarioRun::EmitDropped(metrics::Recorder& recorder, const metrics::TagMap& run_tags,
                              std::int64_t count) {
  if (count <= 0) return;
  counts_.dropped.fetch_add(count);
  metrics::SampleTags tags;
  tags.scenario = scenario_.name;
  tags.scenario_tags = &info_->tags;
  tags.run_tags = &run_tags;
  recorder.Add(metrics::Builtin::kDroppedIterations, static_cast<double>(count), vu::WallNow(),
               tags);
}

}  // namespace loadctl::executor
