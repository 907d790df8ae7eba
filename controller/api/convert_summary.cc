#include "controller/api/convert_summary.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "common/wire/codes.h"
#include "controller/api/convert.h"

namespace loadctl::api {
namespace {

struct PutValues {
  v1::SummaryMetric& to;
  void operator()(const summary::CounterValues& values) const {
    to.mutable_counter()->set_count(values.count);
    to.mutable_counter()->set_rate(values.rate);
  }
  void operator()(const summary::GaugeValues& values) const {
    to.mutable_gauge()->set_value(values.value);
    to.mutable_gauge()->set_min(values.min);
    to.mutable_gauge()->set_max(values.max);
  }
  void operator()(const summary::RateValues& values) const {
    to.mutable_rate()->set_rate(values.rate);
    to.mutable_rate()->set_passes(values.passes);
    to.mutable_rate()->set_fails(values.fails);
  }
  void operator()(const summary::TrendValues& values) const {
    to.mutable_trend();
    for (const auto& [name, value] : values.stats) {
      auto& stat = *to.mutable_trend()->add_stats();
      stat.set_name(name);
      stat.set_value(value);
    }
  }
};

summary::Values TakeValues(const v1::SummaryMetric& from) {
  switch (from.values_case()) {
    case v1::SummaryMetric::kGauge:
      return summary::GaugeValues{from.gauge().value(), from.gauge().min(), from.gauge().max()};
    case v1::SummaryMetric::kRate:
      return summary::RateValues{from.rate().rate(), from.rate().passes(), from.rate().fails()};
    case v1::SummaryMetric::kTrend: {
      summary::TrendValues values;
      for (const auto& stat : from.trend().stats())
        values.stats.emplace_back(stat.name(), stat.value());
      return values;
    }
    default:
      return summary::CounterValues{from.counter().count(), from.counter().rate()};
  }
}

metrics::MetricType TypeOf(const summary::Values& values) {
  return std::visit(
      [](const auto& any) {
        using T = std::decay_t<decltype(any)>;
        if constexpr (std::is_same_v<T, summary::CounterValues>) {
          return metrics::MetricType::kCounter;
        } else if constexpr (std::is_same_v<T, summary::GaugeValues>) {
          return metrics::MetricType::kGauge;
        } else if constexpr (std::is_same_v<T, summary::RateValues>) {
          return metrics::MetricType::kRate;
        } else {
          return metrics::MetricType::kTrend;
        }
      },
      values);
}

void Put(const summary::MetricSummary& metric, v1::SummaryMetric& to) {
  to.set_name(metric.name);
  to.set_parent(metric.parent);
  to.set_suffix(metric.suffix);
  to.set_type(static_cast<std::uint32_t>(metric.type));
  to.set_contains(static_cast<std::uint32_t>(metric.contains));
  to.set_has_samples(metric.has_samples);
  std::visit(PutValues{to}, metric.values);
  for (const auto& threshold : metric.thresholds) {
    auto& part = *to.add_thresholds();
    part.set_source(threshold.source);
    part.set_aggregate(threshold.aggregate);
    part.set_value(threshold.value);
    part.set_ok(threshold.ok);
    part.set_judged(threshold.judged);
    part.set_within_error(threshold.within_error);
  }
}

summary::MetricSummary Take(const v1::SummaryMetric& from) {
  summary::MetricSummary metric;
  metric.name = from.name();
  metric.parent = from.parent();
  metric.suffix = from.suffix();
  metric.values = TakeValues(from);
  metric.type = TypeOf(metric.values);
  metric.contains = static_cast<metrics::ValueType>(
      std::min(from.contains(), static_cast<std::uint32_t>(metrics::ValueType::kData)));
  metric.has_samples = from.has_samples();
  for (const auto& part : from.thresholds()) {
    metric.thresholds.push_back({part.source(), part.aggregate(), part.value(), part.ok(),
                                 part.judged(), part.within_error()});
  }
  return metric;
}

void Put(const summary::GroupSummary& group, v1::SummaryGroup& to) {
  to.set_name(group.name);
  to.set_path(group.path);
  to.set_id(group.id);
  for (const auto& inner : group.groups) Put(inner, *to.add_groups());
  for (const auto& check : group.checks) {
    auto& part = *to.add_checks();
    part.set_name(check.name);
    part.set_path(check.path);
    part.set_id(check.id);
    part.set_passes(check.passes);
    part.set_fails(check.fails);
  }
}

// Protobuf's parser takes no message that is nested more than 100 deep, so this ends.
summary::GroupSummary Take(const v1::SummaryGroup& from) {
  summary::GroupSummary group;
  group.name = from.name();
  group.path = from.path();
  group.id = from.id();
  for (const auto& inner : from.groups()) group.groups.push_back(Take(inner));
  for (const auto& check : from.checks())
    group.checks.push_back({check.name(), check.path(), check.id(), check.passes(), check.fails()});
  return group;
}

void Put(const summary::StartLag& lag, v1::SummaryStartLag& to) {
  to.set_count(lag.count);
  to.set_avg(lag.avg);
  to.set_p95(lag.p95);
  to.set_p99(lag.p99);
  to.set_max(lag.max);
}

summary::StartLag Take(const v1::SummaryStartLag& from) {
  return {from.count(), from.avg(), from.p95(), from.p99(), from.max()};
}

void Put(const summary::LedgerEntry& entry, v1::SummaryLedgerEntry& to) {
  to.set_agent(static_cast<std::uint32_t>(entry.agent));
  to.set_planned(entry.planned);
  to.set_started(entry.started);
  to.set_dropped(entry.dropped);
  to.set_complete(entry.complete);
  to.set_interrupted(entry.interrupted);
  to.set_deltas_sent(entry.deltas_sent);
  to.set_deltas_merged(entry.deltas_merged);
  to.set_start_skew_ns(entry.start_skew.count());
  to.set_balanced(entry.balanced);
  to.set_exceptions(entry.exceptions);
  if (entry.start_lag) Put(*entry.start_lag, *to.mutable_start_lag());
  auto& loop_lag = *to.mutable_health()->mutable_loop_lag();
  loop_lag.set_samples(entry.loop_lag.samples);
  loop_lag.set_p99_ns(entry.loop_lag.p99.count());
  loop_lag.set_max_ns(entry.loop_lag.max.count());
  auto& cpu = *to.mutable_health()->mutable_cpu();
  cpu.set_wall_ns(entry.cpu.wall.count());
  cpu.set_used_ns(entry.cpu.used.count());
  cpu.set_waited_ns(entry.cpu.waited.count());
  cpu.set_saturated_ns(entry.cpu.saturated.count());
}

summary::LedgerEntry Take(const v1::SummaryLedgerEntry& from) {
  summary::LedgerEntry entry;
  entry.agent = static_cast<int>(from.agent());
  entry.planned = from.planned();
  entry.started = from.started();
  entry.dropped = from.dropped();
  entry.complete = from.complete();
  entry.interrupted = from.interrupted();
  entry.deltas_sent = from.deltas_sent();
  entry.deltas_merged = from.deltas_merged();
  entry.start_skew = wire::SpanOf(from.start_skew_ns());
  entry.balanced = from.balanced();
  entry.exceptions = from.exceptions();
  if (from.has_start_lag()) entry.start_lag = Take(from.start_lag());
  const auto& loop_lag = from.health().loop_lag();
  entry.loop_lag = {loop_lag.samples(), wire::SpanOf(loop_lag.p99_ns()),
                    wire::SpanOf(loop_lag.max_ns())};
  const auto& cpu = from.health().cpu();
  entry.cpu = {wire::SpanOf(cpu.wall_ns()), wire::SpanOf(cpu.used_ns()),
               wire::SpanOf(cpu.waited_ns()), wire::SpanOf(cpu.saturated_ns())};
  return entry;
}

}  // namespace

v1::RunSummary ToProto(const summary::Summary& summary) {
  v1::RunSummary to;
  to.set_duration_ns(summary.duration.count());
  Put(summary.root, *to.mutable_root());
  for (const auto& metric : summary.metrics) Put(metric, *to.add_metrics());
  for (const auto& stat : summary.trend_stats) to.add_trend_stats(stat);
  to.set_time_unit(summary.time_unit);
  to.set_has_setup_data(summary.setup_data_json.has_value());
  if (summary.setup_data_json) to.set_setup_data_json(*summary.setup_data_json);
  to.set_complete(summary.complete);
  to.set_agents(static_cast<std::uint32_t>(summary.agents));
  for (const auto& entry : summary.ledger) Put(entry, *to.add_ledger());
  if (summary.start_lag) Put(*summary.start_lag, *to.mutable_start_lag());
  for (const auto& lost : summary.lost) {
    auto& part = *to.add_lost();
    part.set_agent(static_cast<std::uint32_t>(lost.agent));
    part.set_at_ns(lost.at.count());
    part.set_reason(lost.reason);
  }
  return to;
}

summary::Summary FromProto(const v1::RunSummary& from) {
  summary::Summary summary;
  summary.duration = wire::SpanOf(from.duration_ns());
  summary.root = Take(from.root());
  for (const auto& metric : from.metrics()) summary.metrics.push_back(Take(metric));
  summary.trend_stats = {from.trend_stats().begin(), from.trend_stats().end()};
  summary.time_unit = from.time_unit();
  if (from.has_setup_data()) summary.setup_data_json = from.setup_data_json();
  summary.complete = from.complete();
  summary.agents = static_cast<int>(from.agents());
  for (const auto& entry : from.ledger()) summary.ledger.push_back(Take(entry));
  if (from.has_start_lag()) summary.start_lag = Take(from.start_lag());
  for (const auto& lost : from.lost())
    summary.lost.push_back(
        {static_cast<int>(lost.agent()), wire::SpanOf(lost.at_ns()), lost.reason()});
  return summary;
}

// ---- the outcome

v1::RunOutcome ToProto(const controller::RunResult& result) {
  v1::RunOutcome to;
  if (result.error) {
    to.mutable_error()->set_code(static_cast<std::uint32_t>(result.error->code));
    to.mutable_error()->set_message(result.error->message);
  }
  to.set_has_hint(result.hint.has_value());
  if (result.hint) to.set_hint(*result.hint);
  if (result.summary) *to.mutable_summary() = ToProto(*result.summary);
  to.set_has_files(result.files.has_value());
  if (result.files) {
    for (const auto& [path, content] : *result.files) {
      auto& file = *to.add_files();
      file.set_path(path);
      file.set_content(content);
    }
  }
  *to.mutable_progress() = ToProto(result.progress);
  return to;
}

controller::RunResult FromProto(const v1::RunOutcome& from) {
  controller::RunResult result;
  if (from.has_error()) {
    result.error = Error{wire::ErrorCodeOf(from.error().code()), from.error().message()};
  }
  if (from.has_hint()) result.hint = from.hint();
  if (from.has_summary()) result.summary = FromProto(from.summary());
  if (from.has_files()) {
    result.files.emplace();
    for (const auto& file : from.files()) result.files->emplace_back(file.path(), file.content());
  }
  result.progress = FromProto(from.progress());
  return result;
}

}  // namespace loadctl::api
