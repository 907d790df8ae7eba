#include "controller/threshold/evaluator.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "common/base/duration.h"
#include "common/text/closest.h"
#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::threshold {
namespace {

using aggregate::MergedSeries;
using aggregate::Totals;
using metrics::CounterSink;
using metrics::GaugeSink;
using metrics::MetricSet;
using metrics::RateSink;
using metrics::Selector;
using metrics::Sink;
using metrics::TrendSink;

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidConfig, std::move(message));
}

std::string Joined(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

std::string Suggest(const std::string& name, const MetricSet& declared) {
  std::vector<std::string_view> names;
  for (const metrics::Metric& metric : declared.metrics()) names.push_back(metric.name);
  return text::DidYouMean(name, names);
}

// The selector of declared metrics that the name stands for.
Result<Selector> Resolve(const std::string& name, const MetricSet& declared) {
  Result<Selector> selector = metrics::ParseSelector(name);
  if (!selector) {
    return tl::unexpected(
        selector.error().While("unable to validate threshold expressions; reason"));
  }
  if (!declared.Find(selector->metric)) {
    return Bad("invalid threshold defined on " + name + "; reason: no metric name " +
               text::QuoteGo(name) + " found" + Suggest(selector->metric, declared));
  }
  return selector;
}

Result<void> CheckMethod(const Expression& expression, const std::string& source,
                         const std::string& name, metrics::MetricType type) {
  if (Supports(type, expression.method)) return {};
  return Bad("invalid threshold " + text::QuoteGo(source) + " applied on metric " + name +
             "; reason: unsupported aggregation method " +
             std::string(MethodName(expression.method)) + " on metric of type " +
             std::string(metrics::TypeName(type)) +
             ". supported aggregation methods for this metric are: " +
             std::string(SupportedMethods(type)));
}

double TrendValue(const TrendSink& sink, const Expression& expression) {
  switch (expression.method) {
    case Method::kAvg:
      return sink.avg();
    case Method::kMin:
      return sink.min();
    case Method::kMed:
      return sink.Percentile(50);
    case Method::kMax:
      return sink.max();
    case Method::kPercentile:
      return sink.Percentile(expression.percentile);
    case Method::kValue:
    case Method::kCount:
    case Method::kRate:
      break;
  }
  return 0;
}

// What the left-hand side comes to; nullopt if there is nothing to divide by, which passes.
std::optional<double> LeftSide(const Sink& sink, const Expression& expression,
                               std::chrono::nanoseconds elapsed) {
  if (const auto* counter = std::get_if<CounterSink>(&sink)) {
    if (expression.method == Method::kCount) return counter->sum();
    if (elapsed.count() <= 0) return std::nullopt;
    return counter->sum() / (static_cast<double>(elapsed.count()) / 1e9);
  }
  if (const auto* gauge = std::get_if<GaugeSink>(&sink)) return gauge->value();
  if (const auto* rate = std::get_if<RateSink>(&sink)) {
    if (rate->empty()) return std::nullopt;
    return rate->rate();
  }
  return TrendValue(std::get<TrendSink>(sink), expression);
}

/// Of a counter what it counted, which is as near as it gets; of a gauge 1.
double SamplesOf(const Sink& sink) {
  if (const auto* counter = std::get_if<CounterSink>(&sink)) return counter->sum();
  if (const auto* rate = std::get_if<RateSink>(&sink)) return static_cast<double>(rate->total());
  if (const auto* trend = std::get_if<TrendSink>(&sink)) return static_cast<double>(trend->count());
  return metrics::IsEmpty(sink) ? 0 : 1;
}

// Whether the exact value may be on the other side of the limit.
bool IsWithinError(const Sink& sink, const Expression& expression, double value) {
  constexpr double kError = 0.001;  // TrendSink::Percentile()'s
  const auto* trend = std::get_if<TrendSink>(&sink);
  const bool rank = expression.method == Method::kMed || expression.method == Method::kPercentile;
  if (trend == nullptr || trend->exact() || !rank) return false;
  const double band = std::abs(value) * kError;
  const double low = std::max(trend->min(), value - band);
  const double high = std::min(trend->max(), value + band);
  return low < high && low <= expression.limit && expression.limit <= high;
}

}  // namespace

std::string CrossedMessage(const std::vector<std::string>& crossed) {
  return "thresholds on metrics '" + Joined(crossed) + "' have been crossed";
}

std::string AbortMessage(const std::vector<std::string>& crossed) {
  return "thresholds on metrics '" + Joined(crossed) +
         "' were crossed; at least one has abortOnFail enabled, stopping test prematurely";
}

Result<Evaluator> Evaluator::Make(const std::vector<plan::MetricThresholds>& thresholds,
                                  const MetricSet& declared) {
  Evaluator evaluator;
  for (const plan::MetricThresholds& one : thresholds) {
    std::vector<Rule> rules;
    for (const plan::ThresholdSpec& spec : one.thresholds) {
      LOADCTL_TRY(Expression expression, ParseExpression(spec.expression));
      constexpr std::chrono::nanoseconds kNone{0};
      rules.push_back({std::move(expression), spec.abort_on_fail,
                       spec.delay_abort_eval.value_or(kNone), spec.window.value_or(kNone),
                       spec.warmup.value_or(kNone), spec.min_samples});
    }
    LOADCTL_TRY(Selector selector, Resolve(one.metric, declared));
    const metrics::Metric& metric = declared.metric(*declared.Find(selector.metric));
    std::vector<Verdict> verdicts;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const std::string& source = one.thresholds[i].expression;
      LOADCTL_CHECK_OK(CheckMethod(rules[i].expression, source, one.metric, metric.type));
      Verdict& verdict = verdicts.emplace_back();
      verdict.set_source(source);
      verdict.set_aggregate(rules[i].expression.left);
      verdict.set_ok(true);
      verdict.set_judged(true);
      verdict.set_warn(one.thresholds[i].warn);
      verdict.set_exit_code(static_cast<std::uint32_t>(one.thresholds[i].exit_code));
    }
    evaluator.Append({std::move(selector), metric.type, metric.contains, std::move(verdicts)},
                     std::move(rules));
  }
  return evaluator;
}

// Names that differ in their spaces only are one metric, with the thresholds of both.
void Evaluator::Append(MetricVerdicts metric, std::vector<Rule> rules) {
  const std::string name = metric.selector.Name();
  const auto known = std::find_if(verdicts_.begin(), verdicts_.end(),
                                  [&](const auto& other) { return other.selector.Name() == name; });
  if (known == verdicts_.end()) {
    verdicts_.push_back(std::move(metric));
    rules_.push_back(std::move(rules));
    return;
  }
  auto& known_rules = rules_[static_cast<std::size_t>(known - verdicts_.begin())];
  std::move(metric.verdicts.begin(), metric.verdicts.end(), std::back_inserter(known->verdicts));
  std::move(rules.begin(), rules.end(), std::back_inserter(known_rules));
}

void Evaluator::TakeInto(const metrics::SeriesDelta& one, const metrics::Delta& second,
                         Rule& rule) {
  if (!rule.of_part() || std::chrono::seconds(second.first_interval) < rule.warmup) return;
  if (rule.window.count() == 0) {
    if (!rule.part.after) rule.part.after = metrics::MakeSink(one.type());
    metrics::Merge(*rule.part.after, one.sink);
    return;
  }
  rule.part.seconds.emplace_back(second.interval, one.sink);
}

void Evaluator::Take(const metrics::Delta& second) {
  constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;
  if (second.first_interval < 0 || second.interval > kMostSeconds) return;
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    const auto of_part = [](const Rule& rule) { return rule.of_part(); };
    if (std::none_of(rules_[i].begin(), rules_[i].end(), of_part)) continue;
    const Selector& selector = verdicts_[i].selector;
    for (const metrics::SeriesDelta& one : second.series) {
      if (one.metric != selector.metric || one.suffix != selector.suffix ||
          one.type() != verdicts_[i].type)
        continue;
      for (Rule& rule : rules_[i]) TakeInto(one, second, rule);
    }
    // Also where nothing came: time goes on.
    for (Rule& rule : rules_[i])
      if (rule.window.count() > 0) EndWindow(second.interval, verdicts_[i].type, rule);
  }
}

void Evaluator::EndWindow(std::int64_t interval, metrics::MetricType type, Rule& rule) {
  auto& kept = rule.part.seconds;
  while (!kept.empty() && std::chrono::seconds(interval - kept.front().first) >= rule.window)
    kept.pop_front();
  if (std::chrono::seconds(interval + 1) < rule.warmup + rule.window) return;
  const Sink sink = WindowOf(rule, type);
  if (metrics::IsEmpty(sink) || SamplesOf(sink) < static_cast<double>(rule.min_samples)) return;
  const auto left = LeftSide(sink, rule.expression, rule.window);
  if (left && !Holds(*left, rule.expression.op, rule.expression.limit)) rule.part.crossed = *left;
}

Sink Evaluator::WindowOf(const Rule& rule, metrics::MetricType type) {
  Sink sink = metrics::MakeSink(type);
  for (const auto& [interval, one] : rule.part.seconds) metrics::Merge(sink, one);
  return sink;
}

bool Evaluator::JudgeOne(Rule& rule, const Sink& whole, std::chrono::nanoseconds elapsed,
                         Empty empty, Verdict& verdict) {
  std::optional<Sink> part;
  std::chrono::nanoseconds over = elapsed;
  if (rule.window.count() > 0) {
    // Not before there is a whole one, but of a run that is shorter all of it.
    if (empty == Empty::kSkip && elapsed < rule.warmup + rule.window) return false;
    part = WindowOf(rule, metrics::TypeOf(whole));
    over = std::min(rule.window, elapsed);
    verdict.set_note("over every " + FormatGoDuration(rule.window));
  } else if (rule.warmup.count() > 0) {
    part = rule.part.after ? *rule.part.after : metrics::MakeSink(metrics::TypeOf(whole));
    over = std::max(elapsed - rule.warmup, std::chrono::nanoseconds(0));
    verdict.set_note("after " + FormatGoDuration(rule.warmup));
  }
  const Sink& sink = part ? *part : whole;
  const bool too_few = SamplesOf(sink) < static_cast<double>(rule.min_samples);
  const std::optional<double> left = LeftSide(sink, rule.expression, over);
  verdict.set_judged(!too_few || rule.part.crossed.has_value());
  if (!verdict.judged()) {
    verdict.set_value(left.value_or(0));
    verdict.set_note("not judged: " + text::JsNumber(SamplesOf(sink)) + " of " +
                     std::to_string(rule.min_samples) + " samples");
    return false;
  }
  const bool holds = too_few || (part && metrics::IsEmpty(sink)) || !left ||
                     Holds(*left, rule.expression.op, rule.expression.limit);
  verdict.set_value(holds ? rule.part.crossed.value_or(left.value_or(0)) : *left);
  verdict.set_ok(holds && !rule.part.crossed);
  verdict.set_within_error(IsWithinError(sink, rule.expression, verdict.value()));
  return !verdict.ok();
}

Outcome Evaluator::Judge(const Totals& totals, std::chrono::nanoseconds elapsed) {
  return Run(totals, elapsed, Empty::kSkip);
}

Outcome Evaluator::JudgeFinally(const Totals& totals, std::chrono::nanoseconds elapsed) {
  return Run(totals, elapsed, Empty::kJudge);
}

Outcome Evaluator::Run(const Totals& totals, std::chrono::nanoseconds elapsed, Empty empty) {
  Outcome outcome;
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    MetricVerdicts& metric = verdicts_[i];
    const MergedSeries* series = totals.Find(metric.selector.metric, metric.selector.suffix);
    if (empty == Empty::kSkip && (series == nullptr || !series->observed())) continue;
    const Sink none = metrics::MakeSink(metric.type);
    const Sink& sink = series != nullptr && series->type() == metric.type ? series->sink : none;
    bool crossed = false;
    for (std::size_t k = 0; k < metric.verdicts.size(); ++k) {
      Rule& rule = rules_[i][k];
      Verdict& verdict = metric.verdicts[k];
      if (!JudgeOne(rule, sink, elapsed, empty, verdict) || verdict.warn()) continue;
      crossed = true;
      const auto usual = static_cast<std::uint32_t>(ExitStatus(ErrorCode::kThresholds));
      const std::uint32_t own = verdict.exit_code();
      outcome.exit_code = std::max(outcome.exit_code, own != 0 ? own : usual);
      const bool ripe = rule.delay.count() == 0 || rule.delay < elapsed;
      outcome.abort |= rule.abort_on_fail && ripe;
    }
    if (crossed) outcome.crossed.push_back(metric.selector.Name());
  }
  std::sort(outcome.crossed.begin(), outcome.crossed.end());
  return outcome;
}

std::vector<Selector> Evaluator::Selectors() const {
  std::vector<Selector> selectors;
  for (const MetricVerdicts& metric : verdicts_) selectors.push_back(metric.selector);
  return selectors;
}

}  // namespace loadctl::threshold
