#include "controller/results/recent.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "common/metrics/builtin.h"

namespace loadctl::controller {
namespace {

using metrics::Builtin;

constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;

template <typename Sink>
void TakeIf(const metrics::SeriesDelta& series, Builtin metric, Sink& into) {
  if (series.metric != metrics::Describe(metric).name) return;
  if (const auto* sink = std::get_if<Sink>(&series.sink)) into = *sink;
}

}  // namespace

void Recent::Take(const metrics::Delta& delta) {
  if (delta.first_interval < 0 || delta.interval > kMostSeconds ||
      delta.interval < delta.first_interval)
    return;
  Second second;
  second.first = delta.first_interval;
  second.last = delta.interval;
  for (const metrics::SeriesDelta& series : delta.series) {
    if (!series.suffix.empty()) continue;
    TakeIf(series, Builtin::kHttpReqs, second.requests);
    TakeIf(series, Builtin::kIterations, second.iterations);
    TakeIf(series, Builtin::kHttpReqFailed, second.failed);
    TakeIf(series, Builtin::kHttpReqDuration, second.durations);
    TakeIf(series, Builtin::kIterationDuration, second.iteration_durations);
  }
  seconds_.push_back(std::move(second));
  while (seconds_.size() > 1 &&
         std::chrono::seconds(delta.interval - seconds_.front().first) >= kSpan)
    seconds_.pop_front();

  metrics::CounterSink requests, iterations;
  metrics::RateSink failed;
  metrics::TrendSink durations, iteration_durations;
  for (const Second& one : seconds_) {
    requests.Merge(one.requests);
    iterations.Merge(one.iterations);
    failed.Merge(one.failed);
    durations.Merge(one.durations);
    iteration_durations.Merge(one.iteration_durations);
  }
  Figures figures;
  figures.seconds = delta.interval - seconds_.front().first + 1;
  figures.requests = requests.sum() > 0;
  const auto& counted = figures.requests ? requests : iterations;
  const auto& timed = figures.requests ? durations : iteration_durations;
  figures.per_second = counted.sum() / static_cast<double>(figures.seconds);
  if (timed.count() > 0) figures.p95_ms = timed.Percentile(95);
  if (!failed.empty()) figures.failed = failed.rate();
  figures_ = figures;
}

}  // namespace loadctl::controller
