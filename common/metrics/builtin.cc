#include "common/metrics/builtin.h"

#include <algorithm>

namespace loadctl::metrics {

bool IsSummed(std::string_view metric) {
  return std::any_of(kBuiltinMetrics.begin(), kBuiltinMetrics.end(),
                     [&](const BuiltinMetric& one) { return one.summed && one.name == metric; });
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kRate:
      return "rate";
    case MetricType::kTrend:
      return "trend";
  }
  return "";
}

std::string_view ValueTypeName(ValueType contains) {
  switch (contains) {
    case ValueType::kDefault:
      return "default";
    case ValueType::kTime:
      return "time";
    case ValueType::kData:
      return "data";
  }
  return "";
}

}  // namespace loadctl::metrics
