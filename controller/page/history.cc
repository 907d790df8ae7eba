#include "controller/page/history.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>
#include <variant>

#include "common/metrics/builtin.h"
#include "common/metrics/part.h"
#include "common/metrics/submetric.h"

namespace loadctl::page {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 40;

/// What is kept of a type, its merging in mind: `rate` of counters is by second, `avg` is weighted,
/// of the others the larger stays.
std::vector<std::string> StatsOf(metrics::MetricType type) {
  switch (type) {
    case metrics::MetricType::kCounter:
    case metrics::MetricType::kRate:
      return {"rate"};
    case metrics::MetricType::kGauge:
      return {"value"};
    default:
      return {"avg", "med", "p90", "p95", "p99", "max"};
  }
}

/// Of two neighbours one value.
float Together(std::string_view stat, metrics::MetricType type, float a, float weight_a, float b,
               float weight_b) {
  if (type == metrics::MetricType::kCounter)
    return ((std::isnan(a) ? 0 : a) + (std::isnan(b) ? 0 : b)) / 2;
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (type == metrics::MetricType::kRate || stat == "avg") {
    const float all = weight_a + weight_b;
    return all <= 0 ? a : (a * weight_a + b * weight_b) / all;
  }
  return std::max(a, b);
}

}  // namespace

void History::Add(const metrics::Delta& second) {
  if (second.interval < 0 || second.interval > kMostSeconds) return;
  while (second.interval / width_ >= static_cast<std::int64_t>(kMostPoints)) {
    if (width_ > kMostSeconds / 4) return;
    Halve();
  }
  Reach(second.interval / width_);
  for (const metrics::SeriesDelta& one : second.series) {
    // Failed requests are no series over time, nor is what is measured in groups.
    if (metrics::IsPart(one.suffix)) continue;
    if (one.metric == metrics::Describe(metrics::Builtin::kStartLag).name) continue;
    const std::string name = metrics::SeriesName(one.metric, one.suffix);
    auto found = series_.find(name);
    if (found == series_.end()) {
      if (series_.size() >= kMostSeries) {
        if (left_out_.size() < kMostSeries * 10) left_out_.emplace(name, true);
        continue;
      }
      found =
          series_.emplace(name, Series{one.contains, metrics::MakeSink(one.type()), {}, {}}).first;
      for (auto& stat : StatsOf(one.type()))
        found->second.columns.push_back({std::move(stat), std::vector<float>(size(), kNone)});
      found->second.weights.resize(size(), 0);
    }
    if (metrics::TypeOf(found->second.open) != one.type()) continue;
    metrics::Merge(found->second.open, one.sink);
    Measure(found->second);
  }
}

std::size_t History::columns() const {
  std::size_t all = 0;
  for (const auto& [name, series] : series_) all += series.columns.size();
  return all;
}

void History::Reach(std::int64_t point) {
  if (point <= newest_) return;
  newest_ = point;
  for (auto& [name, series] : series_) {
    metrics::Clear(series.open);
    for (Column& column : series.columns) column.values.resize(size(), kNone);
    series.weights.resize(size(), 0);
  }
}

void History::Measure(Series& series) const {
  const auto put = [&](std::size_t column, double value) {
    series.columns[column].values.back() = static_cast<float>(value);
  };
  if (const auto* counter = std::get_if<metrics::CounterSink>(&series.open)) {
    put(0, counter->sum() / static_cast<double>(width_));
  } else if (const auto* gauge = std::get_if<metrics::GaugeSink>(&series.open)) {
    put(0, gauge->value());
  } else if (const auto* rate = std::get_if<metrics::RateSink>(&series.open)) {
    put(0, rate->rate());
    series.weights.back() = static_cast<float>(rate->total());
  } else if (const auto* trend = std::get_if<metrics::TrendSink>(&series.open)) {
    put(0, trend->avg());
    std::size_t column = 1;
    for (const double percent : {50.0, 90.0, 95.0, 99.0}) put(column++, trend->Percentile(percent));
    put(column, trend->max());
    series.weights.back() = static_cast<float>(trend->count());
  }
}

History::Series History::Merged(const Series& series, std::size_t first, std::size_t group) {
  Series out{series.contains, series.open, {}, {}};
  const auto type = metrics::TypeOf(series.open);
  const std::size_t size = series.weights.size();
  for (const Column& column : series.columns) out.columns.push_back({column.stat, {}});
  for (std::size_t begin = first; begin < size; begin += group) {
    const std::size_t end = std::min(begin + group, size);
    float weight = 0;
    for (std::size_t i = begin; i < end; ++i) weight += series.weights[i];
    out.weights.push_back(weight);
    for (std::size_t c = 0; c < series.columns.size(); ++c) {
      const auto& values = series.columns[c].values;
      float value = values[begin], so_far = series.weights[begin];
      double sum = std::isnan(value) ? 0 : value;
      bool any = !std::isnan(value);
      for (std::size_t i = begin + 1; i < end; ++i) {
        value = Together(series.columns[c].stat, type, value, so_far, values[i], series.weights[i]);
        so_far += series.weights[i];
        sum += std::isnan(values[i]) ? 0 : values[i];
        any = any || !std::isnan(values[i]);
      }
      // A second without a count has none, but where there was none at all nothing is known.
      if (type == metrics::MetricType::kCounter && any)
        value = static_cast<float>(sum / static_cast<double>(end - begin));
      out.columns[c].values.push_back(value);
    }
  }
  return out;
}

void History::Halve() {
  for (auto& [name, series] : series_) {
    // A point that is half full stays open: its sink goes on at the new width.
    Series merged = Merged(series, 0, 2);
    if (size() % 2 == 0) metrics::Clear(merged.open);
    series = std::move(merged);
  }
  width_ *= 2;
  newest_ = newest_ < 0 ? -1 : newest_ / 2;
}

void History::Write(std::size_t first, std::size_t most, text::JsonWriter& out) const {
  first = std::min(first, size());
  std::size_t group = 1;
  while ((size() - first + group - 1) / group > std::max<std::size_t>(most, 1)) ++group;
  const auto number = [&](float value) {
    out.Element();
    if (!std::isfinite(value)) return out.Null();
    char text[32];
    std::snprintf(text, sizeof text, "%.5g", static_cast<double>(value));
    out.Raw(text);
  };
  out.Object([&] {
    out.Key("width").Number(width_ * static_cast<std::int64_t>(group));
    out.Key("first").Number(static_cast<std::int64_t>(first / group));
    out.Key("count").Number(static_cast<std::int64_t>((size() - first + group - 1) / group));
    out.Key("left_out").Number(static_cast<std::int64_t>(left_out_.size()));
    out.Key("series").Object([&] {
      for (const auto& entry : series_) {
        const Series& series = entry.second;
        const Series shown = Merged(series, first, group);
        out.Key(entry.first).Object([&] {
          out.Key("type").String(metrics::TypeName(metrics::TypeOf(series.open)));
          out.Key("contains").String(metrics::ValueTypeName(series.contains));
          out.Key("columns").Object([&] {
            for (const Column& column : shown.columns) {
              out.Key(column.stat).Array([&] {
                for (const float value : column.values) number(value);
              });
            }
          });
        });
      }
    });
  });
}

}  // namespace loadctl::page
