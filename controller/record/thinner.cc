#include "controller/record/thinner.h"

#include "common/base/saturating.h"

namespace loadctl::record {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr hours kWhole{1}, kByTens{6};

}  // namespace

seconds Thinner::SpanAt(std::chrono::nanoseconds at) {
  return at < kWhole ? seconds(1) : at < kByTens ? seconds(10) : seconds(60);
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
    case v1::RunEvent::kLog:
    case v1::RunEvent::kNotice:
      return give_(event);
    default:
      Flush();
      return give_(event);
  }
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

void Thinner::Flush() {
  if (!delta_) return;
  second_.mutable_second()->set_delta(metrics::EncodeDelta(*delta_));
  delta_.reset();
  series_.clear();
  checks_.clear();
  give_(second_);
  for (auto* last : {&thresholds_, &progress_}) {
    if (*last) give_(**last);
    last->reset();
  }
}

}  // namespace loadctl::record
