// The metrics a run knows and the series that are kept of them, by dense ids.
// Not for values: a recorder keeps one sink for each SeriesId (NewSinks()).
// Filled by one thread before the run starts; read by any afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/builtin.h"
#include "common/metrics/metric.h"
#include "common/metrics/sink.h"
#include "common/metrics/submetric.h"

namespace loadctl::metrics {

/// Ids are positions in MetricSet::metrics() and MetricSet::series().
enum class MetricId : std::uint32_t {};
enum class SeriesId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t Index(MetricId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t Index(SeriesId id) { return static_cast<std::size_t>(id); }

/// The declared metrics: the built-in ones first, each with its Builtin as id, then a script's.
///
/// A sample of metric m goes to `base_series(m)` and to those of `submetrics(m)` whose conditions
/// its tags meet; a recorder finds out once for each set of tags and keeps the answer.
class MetricSet {
 public:
  struct Series {
    MetricId metric;
    std::string suffix;                    ///< "" for the metric itself
    std::vector<TagCondition> conditions;  ///< empty for the metric itself
  };

  MetricSet();  ///< with k6's built-in metrics

  /// Declares a script's metric, or finds it if it was declared alike.
  ///
  /// Fails (kScript) with k6's texts: `Invalid metric name: '...'. Metric names must ...`,
  /// `metric 'x' already exists but with type trend, instead of counter`, `metric 'x' already
  /// exists but with a value type time, instead of default`.
  [[nodiscard]] Result<MetricId> Declare(std::string_view name, MetricType type,
                                         ValueType contains);

  /// Keeps a series for the selector, or finds the one with the same name.
  ///
  /// Fails (kInvalidConfig) if the metric is not declared: `metric 'x' does not exist in the
  /// script`.
  [[nodiscard]] Result<SeriesId> Keep(const Selector& selector);

  [[nodiscard]] std::optional<MetricId> Find(std::string_view name) const;
  /// The series of a metric (suffix "") or of a sub-metric that is kept.
  [[nodiscard]] std::optional<SeriesId> FindSeries(std::string_view name,
                                                   std::string_view suffix) const;
  [[nodiscard]] std::span<const Metric> metrics() const { return metrics_; }
  [[nodiscard]] std::span<const Series> series() const { return series_; }
  [[nodiscard]] const Metric& metric(MetricId id) const { return metrics_[Index(id)]; }
  [[nodiscard]] const Metric& metric_of(SeriesId id) const {
    return metric(series_[Index(id)].metric);
  }
  [[nodiscard]] SeriesId base_series(MetricId id) const { return kept_[Index(id)].front(); }
  /// Series of the sub-metrics, in the order of Keep().
  [[nodiscard]] std::span<const SeriesId> submetrics(MetricId id) const {
    return std::span(kept_[Index(id)]).subspan(1);
  }

  /// An empty sink for each series, by id.
  [[nodiscard]] std::vector<Sink> NewSinks() const;

 private:
  MetricId Append(std::string name, MetricType type, ValueType contains);

  std::vector<Metric> metrics_;
  std::vector<Series> series_;
  std::vector<std::vector<SeriesId>> kept_;  // by metric: its own series, then sub-metrics
  std::map<std::string, MetricId, std::less<>> by_name_;
};

[[nodiscard]] constexpr MetricId IdOf(Builtin metric) { return static_cast<MetricId>(metric); }

/// k6's rule for a script's metric: 2 to 129 letters, digits and underscores, no digit first.
[[nodiscard]] bool IsMetricName(std::string_view name);

}  // namespace loadctl::metrics
