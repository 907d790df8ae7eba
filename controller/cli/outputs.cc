#include "controller/cli/outputs.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <variant>

#include "common/metrics/delta.h"
#include "common/text/json_value.h"
#include "common/wire/assignment.h"
#include "controller/results/results.h"

namespace loadctl::cli {
namespace json = boost::json;
namespace {

output::Context MakeContext(const plan::Plan& plan, const plan::Environment& environment,
                            Screen& screen) {
  output::Context context;
  context.options = &plan.options;
  context.environment = environment;
  context.version = LOADCTL_VERSION;
  context.log = [&screen](output::Severity severity, const std::string& message,
                          const output::Fields& fields) {
    constexpr terminal::LogLevel kLevels[] = {terminal::LogLevel::kDebug, terminal::LogLevel::kInfo,
                                              terminal::LogLevel::kWarning,
                                              terminal::LogLevel::kError};
    screen.logger().Log(kLevels[static_cast<int>(severity)], message, fields);
  };
  context.write_stdout = [&screen](std::string_view bytes) { screen.Print(bytes); };
  boost::system::error_code error;
  const json::value collectors = text::ReadJson(plan.collectors, error);
  if (!error && collectors.is_object()) {
    for (const auto& [type, settings] : collectors.get_object())
      context.collectors[std::string(type)] = json::serialize(settings);
  }
  return context;
}

/// Built-in metrics, the script's and the sub-metrics that are kept, with the numbers that they
/// have at every agent.
Result<metrics::MetricSet> MetricsOf(const controller::RunInputs& inputs) {
  metrics::MetricSet set;
  for (const auto& metric : inputs.inspection.metrics)
    LOADCTL_CHECK_OK(wire::DeclareMetric(metric, set));
  LOADCTL_TRY(const auto results, controller::Results::Make(controller::PlannedOf(inputs)));
  // k6's own sub-metric comes after those of thresholds.
  std::vector<std::string> names = results.submetrics();
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name != metrics::kExpectedResponse; });
  for (const std::string& name : names) {
    LOADCTL_TRY(const auto selector, metrics::ParseSelector(name));
    LOADCTL_TRY([[maybe_unused]] const auto kept, set.Keep(selector));
  }
  return set;
}

}  // namespace

Result<void> RunOutputs::Make(const controller::RunInputs& inputs,
                              const plan::Environment& environment) {
  if (inputs.plan.outputs.empty()) return {};
  LOADCTL_TRY(set_, MetricsOf(inputs));
  sums_ = std::make_unique<metrics::SampleEncoder>(0, set_, set_.metrics().size());
  run_tags_.assign(inputs.plan.options.tags.begin(), inputs.plan.options.tags.end());
  LOADCTL_TRY(outputs_, output::Outputs::Make(inputs.plan.outputs, set_,
                                              MakeContext(inputs.plan, environment, screen_)));
  return {};
}

std::vector<std::string> RunOutputs::Descriptions() const {
  return outputs_ ? outputs_->Descriptions() : std::vector<std::string>();
}

Result<void> RunOutputs::Start() {
  if (!outputs_) return {};
  LOADCTL_CHECK_OK(outputs_->Start());
  started_ = true;
  return {};
}

void RunOutputs::On(const v1::RunEvent& event) {
  if (!started_) return;
  switch (event.body_case()) {
    case v1::RunEvent::kSamples:
      return outputs_->Take(static_cast<int>(event.samples().agent()), event.samples().chunk());
    case v1::RunEvent::kSecond:
      return TakeSums(event.second().delta());
    case v1::RunEvent::kOutcome:
      return Stop();
    default:
      return;
  }
}

void RunOutputs::TakeSums(const std::string& delta) {
  const auto second = metrics::DecodeDelta(delta);
  if (!second) return;
  for (const auto& series : second->series) {
    const auto* gauge = std::get_if<metrics::GaugeSink>(&series.sink);
    if (gauge == nullptr || gauge->empty() || !series.suffix.empty() ||
        !metrics::IsSummed(series.metric)) {
      continue;
    }
    sums_->Add(*set_.Find(series.metric), gauge->value(), gauge->stamp().time,
               sums_->Intern(run_tags_), "");
  }
  if (sums_->empty()) return;
  std::uint64_t samples = 0;
  outputs_->Take(0, sums_->Take(samples));
}

void RunOutputs::Stop() {
  started_ = false;
  for (output::OutputReport& report : outputs_->Stop()) {
    v1::OutputEntry& entry = entries_.emplace_back();
    entry.set_output(std::move(report.output));
    entry.set_samples(report.samples);
    entry.set_lost(report.lost);
    if (report.lost > 0) screen_.logger().Warn("output " + LossText(entry));
  }
}

void RunOutputs::PutInto(v1::Outcome& outcome) const {
  if (!outcome.has_summary()) return;
  *outcome.mutable_summary()->mutable_outputs() = {entries_.begin(), entries_.end()};
}

std::string LossText(const v1::OutputEntry& entry) {
  const std::uint64_t all = std::max(entry.samples(), entry.lost());
  return entry.output() + ": " + std::to_string(entry.lost()) + " of " + std::to_string(all) +
         " samples were lost";
}

}  // namespace loadctl::cli
