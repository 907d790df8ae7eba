#include "controller/results/results.h"

#include <algorithm>
#include <utility>

#include "common/base/saturating.h"
#include "common/metrics/builtin.h"
#include "common/metrics/delta.h"
#include "common/plan/options.h"
#include "common/wire/assignment.h"
#include "common/wire/codes.h"
#include "controller/aggregate/delta_check.h"
#include "controller/results/start_lag.h"

namespace loadctl::controller {
namespace {

constexpr std::uint32_t kMostAgents = 10000;

}  // namespace

Result<Results> Results::Make(const v1::Planned& planned) {
  if (planned.agents() < 1 || planned.agents() > kMostAgents)
    return Fail(ErrorCode::kInvalidConfig, "the plan's number of agents is not 1..10000");
  metrics::MetricSet declared;
  for (const auto& metric : planned.metrics())
    LOADCTL_CHECK_OK(wire::DeclareMetric(metric, declared));
  LOADCTL_TRY(const plan::Options options, plan::OptionsFromJson(planned.options_json()));
  LOADCTL_TRY(auto evaluator, threshold::Evaluator::Make(options.JudgedThresholds(), declared));
  std::vector<std::string> submetrics;
  if (options.system_tags.contains("expected_response"))
    submetrics.emplace_back(metrics::kExpectedResponse);
  for (const auto& selector : evaluator.Selectors())
    if (selector.is_submetric()) submetrics.push_back(selector.Name());
  for (const auto& name : submetrics) {
    LOADCTL_TRY(const auto selector, metrics::ParseSelector(name));
    LOADCTL_TRY([[maybe_unused]] const auto kept, declared.Keep(selector));
  }
  summary::BuildOptions build;
  build.trend_stats = options.summary_trend_stats;
  build.time_unit = options.summary_time_unit;
  return Results(std::move(evaluator), std::move(declared), std::move(submetrics), std::move(build),
                 planned.agents());
}

Results::Results(threshold::Evaluator evaluator, metrics::MetricSet known,
                 std::vector<std::string> submetrics, summary::BuildOptions build,
                 std::uint32_t agents)
    : evaluator_(std::move(evaluator)),
      known_(std::move(known)),
      submetrics_(std::move(submetrics)),
      build_(std::move(build)),
      ledger_(agents) {
  for (std::uint32_t i = 0; i < agents; ++i) ledger_[i].set_agent(i + 1);
}

void Results::On(const v1::RunEvent& event) {
  if (event.number() > 0) build_.duration = wire::SpanOf(event.at_ns());
  switch (event.body_case()) {
    case v1::RunEvent::kSecond:
      return TakeSecond(event.second().delta());
    case v1::RunEvent::kAgent:
      return TakeAgent(event.agent(), event.at_ns());
    case v1::RunEvent::kThresholds:
      // So that the verdicts here are those of the run, whoever it is that follows it.
      static_cast<void>(Judge(build_.duration));
      // That of those that stopped the run stays, whatever its end brings back.
      if (event.thresholds().abort())
        threshold_exit_code_ = std::max(threshold_exit_code_, event.thresholds().exit_code());
      thresholds_ = event.thresholds();
      return;
    case v1::RunEvent::kSetupData:
      setup_data_.reset();
      if (event.setup_data().has_json()) setup_data_ = event.setup_data().json();
      return;
    case v1::RunEvent::kCause:
      return TakeCause(event.cause());
    case v1::RunEvent::kMissed:
      seconds_missed_ = seconds_missed_ || event.missed().seconds() > 0;
      return;
    default:
      return;
  }
}

// It may come from another machine, or from a file.
void Results::TakeSecond(const std::string& bytes) {
  constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 62;
  const auto second = metrics::DecodeDelta(bytes);
  if (!second || !aggregate::IsOf(*second, known_) ||
      aggregate::MostSamplesOf(*second) > kMostSamples - samples_) {
    seconds_missed_ = true;
    return;
  }
  samples_ += aggregate::MostSamplesOf(*second);
  totals_.Add(*second);
  evaluator_.Take(*second);
}

void Results::TakeAgent(const v1::AgentEvent& agent, std::int64_t at_ns) {
  if (agent.agent() < 1 || agent.agent() > ledger_.size()) return;
  if (agent.has_ledger()) {
    ledger_[agent.agent() - 1] = agent.ledger();
    ledger_[agent.agent() - 1].set_agent(agent.agent());
  }
  if (!agent.has_lost()) return;
  auto& lost = lost_.emplace_back();
  lost.set_agent(agent.agent());
  lost.set_at_ns(at_ns);
  lost.set_reason(agent.lost());
}

bool Results::Outweighs(const v1::EndCause& cause) const {
  switch (cause.kind()) {
    case v1::EndCause::FAILED:
      return !failed_;
    case v1::EndCause::MARKED:
      return !marked_failed_;
    default: {
      // Thresholds that were crossed say nothing where figures are missing.
      const bool lost = wire::ErrorCodeOf(cause.error().code()) == ErrorCode::kAgentLost;
      return !stopped_ || (lost && stopped_->code == ErrorCode::kThresholds);
    }
  }
}

void Results::TakeCause(const v1::EndCause& cause) {
  if (!Outweighs(cause)) return;
  const auto hint =
      cause.has_hint() ? std::optional<std::string>(cause.hint()) : std::optional<std::string>();
  switch (cause.kind()) {
    case v1::EndCause::FAILED:
      failed_ = wire::ErrorOf(cause.error());
      if (!stopped_) hint_ = hint;
      return;
    case v1::EndCause::MARKED:
      marked_failed_ = true;
      return;
    default:
      stopped_ = wire::ErrorOf(cause.error());
      hint_ = hint;
  }
}

v1::ThresholdState Results::Judge(std::chrono::nanoseconds elapsed) {
  const auto outcome = evaluator_.Judge(totals_, elapsed);
  v1::ThresholdState state;
  for (const auto& metric : evaluator_.verdicts()) {
    auto& to = *state.add_metrics();
    to.set_metric(metric.selector.Name());
    *to.mutable_thresholds() = {metric.verdicts.begin(), metric.verdicts.end()};
  }
  for (const auto& name : outcome.crossed) state.add_crossed(name);
  state.set_abort(outcome.abort);
  state.set_exit_code(outcome.exit_code);
  return state;
}

summary::Summary Results::Snapshot(std::chrono::nanoseconds elapsed) const {
  summary::BuildOptions build;
  build.duration = elapsed;
  build.trend_stats = {"avg", "max", "med", "min", "p(90)", "p(95)"};
  return summary::BuildSummary(totals_, evaluator_.verdicts(), build);
}

std::optional<Error> Results::WhyIncomplete() const {
  const auto bad = [](const std::string& what) { return Error{ErrorCode::kAgentLost, what}; };
  const auto unbalanced = std::find_if(ledger_.begin(), ledger_.end(),
                                       [](const auto& entry) { return !entry.balanced(); });
  const auto fell_short = std::find_if(
      ledger_.begin(), ledger_.end(), [](const auto& entry) { return !entry.shortfall().empty(); });
  // What the agents count themselves against what was merged of their samples.
  std::int64_t complete = 0, dropped = 0;
  for (const auto& entry : ledger_) {
    complete = SaturatingAdd(complete, entry.iterations().complete());
    dropped = SaturatingAdd(dropped, entry.iterations().dropped());
  }
  const auto merged = [this](metrics::Builtin builtin) {
    const auto* series = totals_.Find(metrics::Describe(builtin).name, "");
    return series == nullptr ? 0 : std::get<metrics::CounterSink>(series->sink).sum();
  };
  const double merged_complete = merged(metrics::Builtin::kIterations);
  const double merged_dropped = merged(metrics::Builtin::kDroppedIterations);
  if (!lost_.empty()) return bad("an agent was lost");
  if (fell_short != ledger_.end()) {
    return bad("agent " + std::to_string(fell_short->agent()) + " of " +
               std::to_string(ledger_.size()) + " did not do its share: it " +
               fell_short->shortfall());
  }
  if (static_cast<double>(complete) != merged_complete) {
    return bad("the agents completed " + std::to_string(complete) + " iterations, but " +
               std::to_string(merged_complete) + " were merged");
  }
  // Of as many as a rate beyond all drops neither number is exact.
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const bool beyond = dropped > kExact && merged_dropped > static_cast<double>(kExact);
  if (!beyond && static_cast<double>(dropped) != merged_dropped) {
    return bad("the agents dropped " + std::to_string(dropped) + " iterations, but " +
               std::to_string(merged_dropped) + " were merged");
  }
  if (unbalanced != ledger_.end()) {
    return bad("the ledger of agent " + std::to_string(unbalanced->agent()) + " of " +
               std::to_string(ledger_.size()) + " does not balance");
  }
  if (seconds_missed_) return bad("seconds of the run are missing");
  return std::nullopt;
}

void Results::PutSummary(bool whole, summary::Summary& to) {
  build_.completeness =
      whole ? summary::Completeness::kComplete : summary::Completeness::kIncomplete;
  to = summary::BuildSummary(totals_, evaluator_.verdicts(), build_);
  to.set_agents(static_cast<std::uint32_t>(ledger_.size()));
  *to.mutable_ledger() = {ledger_.begin(), ledger_.end()};
  *to.mutable_lost() = {lost_.begin(), lost_.end()};
  if (const auto* lag = totals_.Find(metrics::Describe(metrics::Builtin::kStartLag).name, ""))
    *to.mutable_start_lag() = StartLagOf(std::get<metrics::TrendSink>(lag->sink));
  if (setup_data_) to.set_setup_data_json(*setup_data_);
}

v1::Outcome Results::Conclude() {
  const auto incomplete = WhyIncomplete();
  const auto judged = evaluator_.JudgeFinally(totals_, build_.duration);
  v1::Outcome outcome;
  PutSummary(!incomplete, *outcome.mutable_summary());
  if (!failed_ && incomplete && lost_.empty()) failed_ = incomplete;
  threshold_exit_code_ = std::max(threshold_exit_code_, judged.exit_code);
  PutCause(outcome);
  if (outcome.has_error()) return outcome;
  if (marked_failed_) {
    *outcome.mutable_error() =
        wire::ToProto(Error{ErrorCode::kMarkedFailed, "test run was marked as failed"});
  } else if (!incomplete && !judged.crossed.empty()) {
    *outcome.mutable_error() =
        wire::ToProto(Error{ErrorCode::kThresholds, threshold::CrossedMessage(judged.crossed)});
    outcome.mutable_error()->set_exit_code(judged.exit_code);
  }
  return outcome;
}

v1::Outcome Results::ConcludeWindow(std::chrono::nanoseconds from, std::chrono::nanoseconds to) {
  using std::chrono::nanoseconds;
  build_.duration = std::max(std::min(to, build_.duration) - from, nanoseconds(0));
  build_.completeness =
      seconds_missed_ ? summary::Completeness::kIncomplete : summary::Completeness::kComplete;
  const auto judged = evaluator_.JudgeFinally(totals_, build_.duration);
  v1::Outcome outcome;
  *outcome.mutable_summary() = summary::BuildSummary(totals_, evaluator_.verdicts(), build_);
  outcome.mutable_summary()->set_agents(static_cast<std::uint32_t>(ledger_.size()));
  if (seconds_missed_) {
    *outcome.mutable_error() =
        wire::ToProto(Error{ErrorCode::kAgentLost, "seconds of the run are missing"});
  } else if (!judged.crossed.empty()) {
    *outcome.mutable_error() =
        wire::ToProto(Error{ErrorCode::kThresholds, threshold::CrossedMessage(judged.crossed)});
    outcome.mutable_error()->set_exit_code(judged.exit_code);
  }
  return outcome;
}

void Results::PutCause(v1::Outcome& outcome) const {
  const auto& error = stopped_ ? stopped_ : failed_;
  if (!error) return;
  *outcome.mutable_error() = wire::ToProto(*error);
  if (error->code == ErrorCode::kThresholds)
    outcome.mutable_error()->set_exit_code(threshold_exit_code_);
  if (hint_) outcome.set_hint(*hint_);
}

}  // namespace loadctl::controller
