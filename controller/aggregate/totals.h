// The merged metrics of the run up to one second that all live agents have delivered.
// What thresholds, summary and the Prometheus endpoint read. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/metric.h"
#include "common/metrics/sink.h"
#include "common/metrics/submetric.h"

namespace loadctl::aggregate {

/// One series of the whole run.
struct MergedSeries {
  std::string metric;
  std::string suffix;  ///< text inside the braces of a sub-metric, "" = the metric itself
  metrics::ValueType contains = metrics::ValueType::kDefault;
  metrics::Sink sink;
  [[nodiscard]] metrics::MetricType type() const { return metrics::TypeOf(sink); }
  [[nodiscard]] bool observed() const { return !metrics::IsEmpty(sink); }
  [[nodiscard]] std::string Name() const { return metrics::SeriesName(metric, suffix); }
};

struct MergedCheck {
  std::string group;  ///< path: "" or `::outer::inner`
  std::string name;
  std::int64_t passes = 0;
  std::int64_t fails = 0;
};

/// Metric and suffix; ordered so that a metric comes right before its sub-metrics.
using SeriesKey = std::pair<std::string, std::string>;
struct SeriesKeyLess {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    const int order = std::string_view(a.first).compare(b.first);
    return order != 0 ? order < 0 : std::string_view(a.second) < std::string_view(b.second);
  }
};
template <typename T>
using SeriesMap = std::map<SeriesKey, T, SeriesKeyLess>;

struct Totals {
  /// Adds a second of the whole run, as Aggregate gives them. A series of another type than before
  /// is left out.
  void Add(const metrics::Delta& second);

  SeriesMap<MergedSeries> series;
  std::vector<MergedCheck> checks;  ///< in order of first use: agent 1's first where agents agree
  std::vector<std::string> groups;  ///< paths, in order of first use
  /// Where scenarios and groups are kept apart (common/metrics/part.h): their series, and their
  /// checks and places as above, by suffix.
  SeriesMap<MergedSeries> parts;
  std::vector<MergedCheck> part_checks;
  std::vector<std::string> places;
  std::int64_t interval = -1;  ///< the newest second merged; -1 = none yet

  /// The series, or nullptr if nothing of it was ever delivered. Stays valid for the run.
  [[nodiscard]] const MergedSeries* Find(std::string_view metric, std::string_view suffix) const;

  /// By group and name; of part_checks, where the group is a suffix.
  std::map<std::pair<std::string, std::string>, std::size_t> check_places;
};

}  // namespace loadctl::aggregate
