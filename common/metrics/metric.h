// What a metric is: name, type and what its values mean. No values are kept here.
// Plain values: any thread.
#pragma once

#include <string>
#include <vector>

namespace loadctl::metrics {

/// k6's four metric types; decides the sink and which threshold aggregates exist.
enum class MetricType { kCounter, kGauge, kRate, kTrend };

/// What the values are: plain numbers, times in milliseconds, or bytes.
enum class ValueType { kDefault, kTime, kData };

/// One `key:value` condition of a sub-metric such as `http_req_duration{status:200}`.
struct TagCondition {
  std::string key;
  std::string value;
  bool operator==(const TagCondition&) const = default;
};

/// A declared metric, or (with conditions) a sub-metric of the metric named `name`.
struct Metric {
  std::string name;
  MetricType type = MetricType::kCounter;
  ValueType contains = ValueType::kDefault;
};

}  // namespace loadctl::metrics
