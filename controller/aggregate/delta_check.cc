#include "controller/aggregate/delta_check.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "common/metrics/part.h"
#include "common/metrics/submetric.h"

namespace loadctl::aggregate {
namespace {

using metrics::Builtin;
using metrics::MetricId;
using metrics::SeriesDelta;

// Bytes: up to what an int64 holds.
constexpr double kMostBytes = 0x1p63;
// Iterations that a script may ask of each VU, and that are dropped: so many of a million VUs.
constexpr double kMostDropped = 0x1p83;

bool IsWhole(double value, double most) {
  return value >= 0 && value <= most && std::trunc(value) == value;
}

bool IsBuiltin(MetricId id) { return metrics::Index(id) < metrics::kBuiltinCount; }

double MostOf(MetricId id) {
  const auto metric = static_cast<Builtin>(metrics::Index(id));
  if (metric == Builtin::kDroppedIterations) return kMostDropped;
  const bool bytes = metric == Builtin::kDataSent || metric == Builtin::kDataReceived;
  return bytes ? kMostBytes : static_cast<double>(kMostSamples);
}

// What any metric may hold.
std::string WhyWrong(const metrics::RateSink& rate) {
  return static_cast<std::uint64_t>(rate.total()) > kMostSamples ? "too many samples" : "";
}
std::string WhyWrong(const metrics::TrendSink& trend) {
  return trend.count() > kMostSamples ? "too many samples" : "";
}
std::string WhyWrong(const metrics::CounterSink&) { return ""; }
std::string WhyWrong(const metrics::GaugeSink&) { return ""; }

// What a built-in one may hold besides.
std::string WhyNotBuiltin(const metrics::RateSink&, MetricId) { return ""; }
std::string WhyNotBuiltin(const metrics::TrendSink& trend, MetricId) {
  if (!std::isfinite(trend.min()) || !std::isfinite(trend.max())) return "a time without end";
  return trend.min() < 0 ? "a time below 0" : "";
}
std::string WhyNotBuiltin(const metrics::CounterSink& counter, MetricId id) {
  return IsWhole(counter.sum(), MostOf(id)) ? "" : "a count that is none";
}
std::string WhyNotBuiltin(const metrics::GaugeSink& gauge, MetricId) {
  const auto most = static_cast<double>(kMostSamples);
  const bool whole =
      IsWhole(gauge.value(), most) && IsWhole(gauge.min(), most) && IsWhole(gauge.max(), most);
  return whole ? "" : "a number of VUs that is none";
}

// Whoever was not asked for parts may tell them: they are few, and nothing is judged by them.
bool IsSoundPart(std::string_view metric, std::string_view suffix) {
  if (metrics::PlaceOf(suffix)) return true;
  return metrics::FailedRequestOf(suffix) &&
         metric == metrics::Describe(Builtin::kHttpReqFailed).name;
}

bool IsKept(const metrics::MetricSet& known, MetricId id, std::string_view suffix) {
  const auto kept = known.submetrics(id);
  return suffix.empty() || std::any_of(kept.begin(), kept.end(), [&](const auto series) {
           return known.series()[metrics::Index(series)].suffix == suffix;
         });
}

// Nothing known of this name is otherwise.
std::string WhyStrange(const SeriesDelta& series, const metrics::MetricSet& known) {
  const auto id = known.Find(series.metric);
  if (!id) {
    if (!metrics::IsMetricName(series.metric)) return "no name of a metric";
    const bool sound = series.suffix.empty() || IsSoundPart(series.metric, series.suffix);
    return sound ? "" : "a sub-metric that nobody asked for";
  }
  const auto& metric = known.metric(*id);
  if (metric.type != series.type()) {
    return "a " + std::string(metrics::TypeName(series.type())) + ", and the metric is a " +
           std::string(metrics::TypeName(metric.type));
  }
  if (metric.contains != series.contains) return "values of another kind than the metric's";
  const bool sound = IsSoundPart(series.metric, series.suffix) || IsKept(known, *id, series.suffix);
  return sound ? "" : "a sub-metric that nobody asked for";
}

std::string WhyWrong(const SeriesDelta& series, const metrics::MetricSet& known) {
  auto wrong = std::visit([](const auto& sink) { return WhyWrong(sink); }, series.sink);
  if (wrong.empty()) wrong = WhyStrange(series, known);
  if (!wrong.empty()) return wrong;
  const auto id = known.Find(series.metric);
  if (!id || !IsBuiltin(*id) || metrics::IsEmpty(series.sink)) return "";
  return std::visit([&](const auto& sink) { return WhyNotBuiltin(sink, *id); }, series.sink);
}

bool IsGroup(const std::string& path) {
  return path.empty() || path.starts_with("::") || metrics::PlaceOf(path).has_value();
}

// Names go to terminals: cut, and nothing that moves the cursor.
std::string Shown(std::string name) {
  constexpr std::size_t kMost = 100;
  name.resize(std::min(name.size(), kMost));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return name;
}

}  // namespace

std::string WhyImpossible(const metrics::Delta& delta, const metrics::MetricSet& known) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& series : delta.series) {
    std::string why = WhyWrong(series, known);
    if (why.empty() && !seen.emplace(series.metric, series.suffix).second)
      why = "it is there twice";
    if (!why.empty()) return Shown(metrics::SeriesName(series.metric, series.suffix)) + ": " + why;
  }
  for (const auto& check : delta.checks) {
    const bool counted = check.passes >= 0 && check.fails >= 0 &&
                         static_cast<std::uint64_t>(check.passes) <= kMostSamples &&
                         static_cast<std::uint64_t>(check.fails) <= kMostSamples;
    if (!counted) return "check " + Shown(check.name) + ": a count that is none";
    if (!IsGroup(check.group)) return "check " + Shown(check.name) + ": no path of a group";
  }
  for (const auto& group : delta.groups)
    if (!IsGroup(group)) return Shown(group) + ": no path of a group";
  return "";
}

bool IsOf(const metrics::Delta& second, const metrics::MetricSet& known) {
  return std::all_of(second.series.begin(), second.series.end(),
                     [&](const auto& series) { return WhyStrange(series, known).empty(); });
}

std::uint64_t MostSamplesOf(const metrics::Delta& delta) {
  std::uint64_t most = 0;
  for (const auto& series : delta.series) {
    if (const auto* rate = std::get_if<metrics::RateSink>(&series.sink))
      most = std::max(most, static_cast<std::uint64_t>(rate->total()));
    if (const auto* trend = std::get_if<metrics::TrendSink>(&series.sink))
      most = std::max(most, trend->count());
  }
  for (const auto& check : delta.checks)
    most = std::max(
        most, static_cast<std::uint64_t>(check.passes) + static_cast<std::uint64_t>(check.fails));
  return most;
}

}  // namespace loadctl::aggregate
