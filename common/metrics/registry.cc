#include "common/metrics/registry.h"

#include <algorithm>
#include <utility>

namespace loadctl::metrics {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

}  // namespace

bool IsMetricName(std::string_view name) {
  return name.size() >= 2 && name.size() <= 129 && IsNameStart(name[0]) &&
         std::all_of(name.begin(), name.end(), IsNamePart);
}

MetricSet::MetricSet() {
  for (const BuiltinMetric& metric : kBuiltinMetrics) {
    Append(std::string(metric.name), metric.type, metric.contains);
  }
}

MetricId MetricSet::Append(std::string name, MetricType type, ValueType contains) {
  const auto id = static_cast<MetricId>(metrics_.size());
  const auto base = static_cast<SeriesId>(series_.size());
  by_name_.emplace(name, id);
  metrics_.push_back({std::move(name), type, contains});
  series_.push_back({id, "", {}});
  kept_.push_back({base});
  return id;
}

Result<MetricId> MetricSet::Declare(std::string_view name, MetricType type, ValueType contains) {
  const auto fail = [](std::string message) {
    return Fail(ErrorCode::kScript, std::move(message));
  };
  if (!IsMetricName(name)) {
    return fail("Invalid metric name: '" + std::string(name) +
                "'. Metric names must only include up to 128 ASCII letters, numbers, or "
                "underscores and start with a letter or an underscore.");
  }
  const std::optional<MetricId> found = Find(name);
  if (!found) return Append(std::string(name), type, contains);
  const Metric& old = metric(*found);
  if (old.type != type) {
    return fail("metric '" + old.name + "' already exists but with type " +
                std::string(TypeName(old.type)) + ", instead of " + std::string(TypeName(type)));
  }
  if (old.contains != contains) {
    return fail("metric '" + old.name + "' already exists but with a value type " +
                std::string(ValueTypeName(old.contains)) + ", instead of " +
                std::string(ValueTypeName(contains)));
  }
  return *found;
}

Result<SeriesId> MetricSet::Keep(const Selector& selector) {
  const std::optional<MetricId> id = Find(selector.metric);
  if (!id) {
    return Fail(ErrorCode::kInvalidConfig,
                "metric '" + selector.metric + "' does not exist in the script");
  }
  if (!selector.is_submetric()) return base_series(*id);
  for (const SeriesId kept : submetrics(*id)) {
    if (series_[Index(kept)].suffix == selector.suffix) return kept;
  }
  const auto added = static_cast<SeriesId>(series_.size());
  series_.push_back({*id, selector.suffix, selector.conditions});
  kept_[Index(*id)].push_back(added);
  return added;
}

std::optional<MetricId> MetricSet::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

std::optional<SeriesId> MetricSet::FindSeries(std::string_view name,
                                              std::string_view suffix) const {
  const std::optional<MetricId> id = Find(name);
  if (!id) return std::nullopt;
  for (const SeriesId kept : kept_[Index(*id)])
    if (series_[Index(kept)].suffix == suffix) return kept;
  return std::nullopt;
}

std::vector<Sink> MetricSet::NewSinks() const {
  std::vector<Sink> sinks;
  sinks.reserve(series_.size());
  for (const Series& one : series_) sinks.push_back(MakeSink(metric(one.metric).type));
  return sinks;
}

}  // namespace loadctl::metrics
