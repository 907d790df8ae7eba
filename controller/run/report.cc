// What a run shows: progress while it goes on, ledger and summary at its end.
#include <algorithm>
#include <utility>

#include "common/base/saturating.h"
#include "common/base/time.h"
#include "common/metrics/builtin.h"
#include "common/plan/tick_schedule.h"
#include "common/wire/codes.h"
#include "controller/run/bottleneck.h"
#include "controller/run/test_run.h"
#include "controller/summary/build.h"

namespace loadctl::controller {
namespace {

using terminal::LogLevel;
using terminal::ScenarioShape;
using terminal::ScenarioStatus;

/// Most iterations per second of a ramp.
double HighestRate(const plan::RampingArrivalRate& config) {
  std::int64_t most = config.start_rate;
  for (const auto& stage : config.stages) most = std::max(most, stage.target.value_or(0));
  return static_cast<double>(most) * 1e9 / static_cast<double>(config.time_unit.count());
}

/// What the configuration says of the bar of this part of the run.
void Shape(const plan::ConstantVus&, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.shape = ScenarioShape::kConstantVus;
  shown.vus = shown.max_vus;
}
void Shape(const plan::PerVuIterations& config, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.shape = ScenarioShape::kPerVuIterations;
  shown.vus = shown.max_vus;
  shown.iterations_per_vu = config.iterations;
  // Wraps for absurd numbers, as k6's does.
  shown.total_iterations = static_cast<std::int64_t>(static_cast<std::uint64_t>(shown.vus) *
                                                     static_cast<std::uint64_t>(config.iterations));
}
void Shape(const plan::SharedIterations& config, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.shape = ScenarioShape::kSharedIterations;
  shown.vus = shown.max_vus;
  plan::Scenario scenario;
  scenario.executor = config;
  shown.total_iterations = plan::IterationsOf(scenario, tuple).value_or(0);
}
void Shape(const plan::RampingVus&, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.shape = ScenarioShape::kRampingVus;
}
void Shape(const plan::ExternallyControlled&, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple&) {
  shown.shape = ScenarioShape::kRampingVus;
}
void Shape(const plan::ConstantArrivalRate& config, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.shape = ScenarioShape::kConstantArrivalRate;
  shown.iterations_per_second =
      plan::TickSchedule(config).RateAt(shown.spent) * plan::LengthOf(tuple);
}
void Shape(const plan::RampingArrivalRate& config, terminal::ScenarioProgress& shown,
           const plan::ExecutionTuple& tuple) {
  shown.shape = ScenarioShape::kRampingArrivalRate;
  shown.iterations_per_second =
      plan::TickSchedule(config).RateAt(shown.spent) * plan::LengthOf(tuple);
  shown.max_iterations_per_second = HighestRate(config) * plan::LengthOf(tuple);
}

}  // namespace

terminal::ScenarioProgress TestRun::MakeScenarioProgress(const plan::Scenario& scenario,
                                                         Clock::time_point now) const {
  terminal::ScenarioProgress shown;
  shown.name = scenario.name;
  const auto tuple = plan::TupleOf(inputs_.plan.options).value_or(plan::ExecutionTuple());
  shown.max_vus = plan::VusOf(scenario, tuple);
  shown.total = plan::RegularDuration(scenario);
  shown.start_time = scenario.start_time;
  bool all_done = true, any = false;
  std::chrono::nanoseconds lasted{0};
  for (const auto& agent : agents_) {
    for (const auto& part : agent.progress.scenarios()) {
      if (part.name() != scenario.name) continue;
      any = true;
      all_done = all_done && part.state() == 3;
      shown.done_iterations += part.complete();
      shown.vus += part.vus();
      shown.busy_vus += part.active_vus();
      lasted = std::max(lasted, std::chrono::nanoseconds(part.lasted_ns()));
    }
  }
  if (external_ && external_->name == scenario.name) shown.max_vus = external_->max;
  const auto start = Later(started_.value_or(OwnNow()), scenario.start_time);
  shown.spent = std::max<std::chrono::nanoseconds>(now - start, std::chrono::nanoseconds(0));
  // A scenario that is over shows how long it took, as in k6.
  if (any && all_done) shown.spent = std::clamp(lasted, std::chrono::nanoseconds(0), shown.spent);
  std::visit([&](const auto& config) { Shape(config, shown, tuple); }, scenario.executor);
  const bool waits = scenario.start_time.count() > 0;
  shown.status = waits ? ScenarioStatus::kWaiting : ScenarioStatus::kRunning;
  shown.starts_in = scenario.start_time;
  if (!started_) return shown;
  if (now < start && waits) {
    shown.starts_in = start - now;
    return shown;
  }
  shown.started = true;
  const bool done = scenarios_done_ || (any && all_done);
  shown.status =
      !done   ? (now - start >= shown.total ? ScenarioStatus::kStopping : ScenarioStatus::kRunning)
      : stop_ ? ScenarioStatus::kInterrupted
              : ScenarioStatus::kDone;
  return shown;
}

terminal::ProgressState TestRun::MakeProgress() const {
  terminal::ProgressState state;
  const auto now = ended_.value_or(OwnNow());
  state.phase = phase_;
  state.paused = clock_->paused();
  state.elapsed = Elapsed();
  const auto& needs = inputs_.plan.requirements;
  state.max_duration = needs.max_duration;
  state.planned_vus = needs.planned_vus;
  state.max_vus = needs.max_vus + (external_ ? external_->max - external_->start_max : 0);
  for (const auto& agent : agents_) {
    state.active_vus += ended_ ? 0 : agent.progress.active_vus();
    state.initialized_vus += agent.progress.initialized_vus();
    state.complete_iterations += agent.run_done
                                     ? static_cast<std::int64_t>(agent.run_done->complete())
                                     : agent.progress.complete();
    state.interrupted_iterations += agent.run_done
                                        ? static_cast<std::int64_t>(agent.run_done->interrupted())
                                        : agent.progress.interrupted();
  }
  if (started_ && now > *started_) {
    state.iterations_per_second = static_cast<double>(state.complete_iterations) /
                                  std::chrono::duration<double>(now - *started_).count();
  }
  for (const auto& scenario : inputs_.plan.options.scenarios)
    state.scenarios.push_back(MakeScenarioProgress(scenario, now));
  return state;
}

namespace {

std::optional<summary::StartLag> LagOf(const metrics::TrendSink& sink) {
  if (sink.count() == 0) return std::nullopt;
  return summary::StartLag{static_cast<std::int64_t>(sink.count()), sink.avg(), sink.Percentile(95),
                           sink.Percentile(99), sink.max()};
}

}  // namespace

std::vector<summary::LedgerEntry> TestRun::MakeLedger() const {
  std::vector<summary::LedgerEntry> ledger;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const auto& agent = agents_[i];
    const auto& deltas = aggregate_.agent(static_cast<int>(i + 1));
    summary::LedgerEntry entry;
    entry.agent = static_cast<int>(i + 1);
    entry.deltas_sent = agent.deltas_sent;
    entry.deltas_merged = deltas.merged;
    const auto& loop_lag = agent.health.loop_lag();
    entry.loop_lag = {loop_lag.samples(), wire::SpanOf(loop_lag.p99_ns()),
                      wire::SpanOf(loop_lag.max_ns())};
    const auto& cpu = agent.health.cpu();
    entry.cpu = {wire::SpanOf(cpu.wall_ns()), wire::SpanOf(cpu.used_ns()),
                 wire::SpanOf(cpu.waited_ns()), wire::SpanOf(cpu.saturated_ns())};
    if (agent.run_done) {
      const auto& done = *agent.run_done;
      entry.planned = static_cast<std::int64_t>(done.planned());
      entry.started = static_cast<std::int64_t>(done.started());
      entry.dropped = static_cast<std::int64_t>(done.dropped());
      entry.complete = static_cast<std::int64_t>(done.complete());
      entry.interrupted = static_cast<std::int64_t>(done.interrupted());
      entry.exceptions = static_cast<std::int64_t>(done.exceptions());
      entry.start_skew = std::chrono::nanoseconds(done.first_start_skew_ns());
    }
    entry.start_lag = LagOf(agent.start_lag);
    // An agent that was stopped before the scenarios has nothing but deltas to account for.
    entry.balanced = entry.planned == SaturatingAdd(entry.started, entry.dropped) &&
                     entry.started == entry.complete + entry.interrupted &&
                     entry.deltas_sent == entry.deltas_merged &&
                     deltas.delivered == deltas.merged && deltas.refused == 0 &&
                     (agent.run_done || !started_);
    ledger.push_back(entry);
  }
  return ledger;
}

// Figures of the target are right all the same (docs/numbers.md), but the load was not what the
// script asks for.
void TestRun::WarnOfGenerator(const std::vector<summary::LedgerEntry>& ledger) const {
  for (const auto& entry : ledger) {
    const std::string why = WhyBottleneck(entry);
    if (why.empty()) continue;
    Log(LogLevel::kWarning, "the generator itself was the bottleneck: agent " +
                                std::to_string(entry.agent) + " of " +
                                std::to_string(inputs_.agents) + ": " + why +
                                "; use fewer VUs an agent, more agents or more machines");
  }
}

void TestRun::Summarize(RunResult& result) {
  if (hooks_.totals) hooks_.totals(aggregate_.totals());
  auto ledger = MakeLedger();
  const auto unbalanced =
      std::find_if(ledger.begin(), ledger.end(), [](const auto& entry) { return !entry.balanced; });
  // What the agents count themselves against what was merged of their samples.
  std::int64_t complete = 0;
  for (const auto& entry : ledger) complete += entry.complete;
  const auto* iterations = aggregate_.totals().Find("iterations", "");
  const double merged =
      iterations == nullptr ? 0 : std::get<metrics::CounterSink>(iterations->sink).sum();
  const bool sums_agree = !lost_.empty() || static_cast<double>(complete) == merged;
  const bool whole = lost_.empty() && unbalanced == ledger.end() && sums_agree;

  const auto outcome = evaluator_.JudgeFinally(aggregate_.totals(), Elapsed());
  const auto& options = inputs_.plan.options;
  summary::BuildOptions build;
  build.duration = Elapsed();
  build.trend_stats = options.summary_trend_stats;
  build.time_unit = options.summary_time_unit;
  build.completeness =
      whole ? summary::Completeness::kComplete : summary::Completeness::kIncomplete;
  result.summary = summary::BuildSummary(aggregate_.totals(), evaluator_.verdicts(), build);
  result.summary->complete = whole;
  result.summary->agents = inputs_.agents;
  result.summary->ledger = std::move(ledger);
  if (const auto* lag =
          aggregate_.totals().Find(metrics::Describe(metrics::Builtin::kStartLag).name, ""))
    result.summary->start_lag = LagOf(std::get<metrics::TrendSink>(lag->sink));
  result.summary->lost = lost_;
  result.summary->setup_data_json = setup_json_;
  if (!whole && lost_.empty() && !failure_) {
    failure_ =
        Error{ErrorCode::kAgentLost,
              sums_agree ? "the ledger of agent " + std::to_string(unbalanced->agent) + " of " +
                               std::to_string(inputs_.agents) + " does not balance"
                         : "the agents completed " + std::to_string(complete) +
                               " iterations, but " + std::to_string(merged) + " were merged"};
  }
  if (started_ && !stop_ && complete == 0) {
    Log(LogLevel::kWarning,
        "No script iterations fully finished, consider making the test duration longer");
  }
  WarnOfGenerator(result.summary->ledger);
  HandleSummary(result);
  if (stop_ || failure_) return;
  if (marked_failed_) {
    failure_ = Error{ErrorCode::kMarkedFailed, *marked_failed_};
  } else if (whole && !outcome.crossed.empty()) {
    failure_ = Error{ErrorCode::kThresholds, threshold::CrossedMessage(outcome.crossed)};
  }
}

void TestRun::HandleSummary(RunResult& result) {
  if (!HasFunction("handleSummary") || FirstLive() == 0 ||
      inputs_.plan.runtime.summary_mode == plan::SummaryMode::kDisabled)
    return;
  summary::Summary shown = *result.summary;
  if (!shown.setup_data_json) shown.setup_data_json = "null";  // k6 has the key always
  const auto done =
      Call(v1::Call::HANDLE_SUMMARY, summary::HandleSummaryData(shown, inputs_.display),
           inputs_.plan.options.handle_summary_timeout);
  if (!done || done->has_failure()) {
    const std::string why = done ? done->failure().message() : "the agent did not answer";
    if (done && wire::ErrorCodeOf(done->failure().code()) == ErrorCode::kScript &&
        why.find("\n\tat ") != std::string::npos) {
      Log(LogLevel::kError, why, {{"hint", "script exception"}, {"source", "stacktrace"}});
    } else {
      Log(LogLevel::kError, "failed to handle the end-of-test summary", {{"error", why}});
    }
    return;
  }
  if (!done->has_result()) return;  // falsy: the built-in summary
  result.files.emplace();
  for (const auto& file : done->files()) result.files->emplace_back(file.path(), file.content());
}

}  // namespace loadctl::controller
