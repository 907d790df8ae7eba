#include "controller/record/thinner.h"

#include <algorithm>

#include "common/base/saturating.h"

namespace loadctl::record {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr hours kWhole{1}, kByTens{6};
constexpr seconds kMinute{60};

}  // namespace

seconds Thinner::SpanAt(std::chrono::nanoseconds at) {
  return at < kWhole ? seconds(1) : at < kByTens ? seconds(10) : kMinute;
}

void Thinner::On(const v1::RunEvent& event) {
  switch (event.body_case()) {
    case v1::RunEvent::kSecond:
      if (!Merge(event)) give_(event);
      return;
    case v1::RunEvent::kThresholds:
    case v1::RunEvent::kProgress:
      // They come behind what they are of.
      if (!delta_) return give_(event);
      (event.has_thresholds() ? thresholds_ : progress_) = event;
      return;
    case v1::RunEvent::kAgent:
      if (!delta_ || !event.agent().has_health()) break;
      return MergeHealth(event);
    case v1::RunEvent::kLog:
    case v1::RunEvent::kNotice:
      return give_(event);
    default:
      break;
  }
  Flush();
  give_(event);
}

// False: it is for itself.
bool Thinner::Merge(const v1::RunEvent& event) {
  const auto span = SpanAt(std::chrono::nanoseconds(event.at_ns()));
  if (span <= seconds(1) && !delta_) return false;
  auto second = metrics::DecodeDelta(event.second().delta());
  if (!second) {
    Flush();
    return false;
  }
  second_ = event;
  if (!delta_) {
    delta_.emplace();
    delta_->first_interval = second->first_interval;
  }
  delta_->sequence = second->sequence;
  delta_->interval = second->interval;
  delta_->final = second->final;
  for (const auto& series : second->series) MergeSeries(series);
  for (const auto& check : second->checks) MergeCheck(check);
  for (auto& group : second->groups) delta_->groups.push_back(std::move(group));
  if (seconds(delta_->interval - delta_->first_interval + 1) >= span) Flush();
  return true;
}

void Thinner::MergeSeries(const metrics::SeriesDelta& series) {
  const auto [known, added] =
      series_.try_emplace({series.metric, series.suffix}, delta_->series.size());
  if (added) {
    delta_->series.push_back(series);
    return;
  }
  metrics::SeriesDelta& into = delta_->series[known->second];
  if (into.type() == series.type()) metrics::Merge(into.sink, series.sink);
}

void Thinner::MergeCheck(const metrics::CheckDelta& check) {
  const auto [known, added] = checks_.try_emplace({check.group, check.name}, delta_->checks.size());
  if (added) {
    delta_->checks.push_back(check);
    return;
  }
  metrics::CheckDelta& into = delta_->checks[known->second];
  into.passes = SaturatingAdd(into.passes, check.passes);
  into.fails = SaturatingAdd(into.fails, check.fails);
}

// Shares of time are those of all of it, and of what is late the worst stays.
void Thinner::MergeHealth(const v1::RunEvent& event) {
  const auto [known, added] = health_.try_emplace(event.agent().agent(), event);
  if (added) return;
  const v1::AgentHealth before = known->second.agent().health();
  known->second = event;
  v1::AgentHealth& now = *known->second.mutable_agent()->mutable_health();
  auto& cpu = *now.mutable_health()->mutable_cpu();
  const auto& cpu_before = before.health().cpu();
  cpu.set_wall_ns(SaturatingAdd(cpu.wall_ns(), cpu_before.wall_ns()));
  cpu.set_used_ns(SaturatingAdd(cpu.used_ns(), cpu_before.used_ns()));
  cpu.set_waited_ns(SaturatingAdd(cpu.waited_ns(), cpu_before.waited_ns()));
  cpu.set_saturated_ns(SaturatingAdd(cpu.saturated_ns(), cpu_before.saturated_ns()));
  cpu.set_stalled_ns(SaturatingAdd(cpu.stalled_ns(), cpu_before.stalled_ns()));
  auto& loop = *now.mutable_health()->mutable_loop_lag();
  const auto& loop_before = before.health().loop_lag();
  loop.set_samples(loop.samples() + loop_before.samples());
  loop.set_p99_ns(std::max(loop.p99_ns(), loop_before.p99_ns()));
  loop.set_max_ns(std::max(loop.max_ns(), loop_before.max_ns()));
  now.set_delay_ns(std::max(now.delay_ns(), before.delay_ns()));
  if (before.start_lag().p99() > now.start_lag().p99())
    *now.mutable_start_lag() = before.start_lag();
}

void Thinner::Coarsen(const std::pair<std::string, std::string>& key, metrics::Sink& sink) {
  const auto* trend = std::get_if<metrics::TrendSink>(&sink);
  if (trend == nullptr) return;
  std::uint64_t& counted = counted_[key];
  // At most a few times what is asked below, so that it cannot overflow.
  if (counted <= metrics::TrendSink::kMaxExact)
    counted += std::min<std::uint64_t>(trend->count(), metrics::TrendSink::kMaxExact + 1);
  if (!trend->exact() || trend->count() <= kMostValues ||
      counted <= metrics::TrendSink::kMaxExact ||
      SpanAt(std::chrono::nanoseconds(second_.at_ns())) < kMinute)
    return;
  metrics::Histogram histogram;
  for (const double value : trend->values()) histogram.Add(value);
  auto coarse =
      metrics::TrendSink::Of(std::move(histogram), trend->min(), trend->max(), trend->exact_sum());
  if (coarse) sink = std::move(*coarse);
}

void Thinner::Flush() {
  if (!delta_) return;
  for (const auto& [key, place] : series_) Coarsen(key, delta_->series[place].sink);
  second_.mutable_second()->set_delta(metrics::EncodeDelta(*delta_));
  delta_.reset();
  series_.clear();
  checks_.clear();
  give_(second_);
  for (auto* last : {&thresholds_, &progress_}) {
    if (*last) give_(**last);
    last->reset();
  }
  for (const auto& [agent, health] : health_) give_(health);
  health_.clear();
}

}  // namespace loadctl::record
