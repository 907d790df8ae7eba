// Samples as outputs see them: what was measured, of which series, when.
// Not for how they travel (common/metrics/samples.h). Plain values that no longer change: any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/metrics/metric.h"
#include "common/metrics/samples.h"
#include "common/plan/options.h"

namespace loadctl::output {

struct Submetric {
  std::string name, suffix;  ///< `http_req_duration{status:200}`, `status:200`
  metrics::TagPairs tags;
};

/// A metric of the run. One object a metric, which lives as long as the outputs.
struct MetricInfo {
  std::uint32_t number = 0;  ///< 0, 1, 2, ...
  std::string name;
  metrics::MetricType type = metrics::MetricType::kCounter;
  metrics::ValueType contains = metrics::ValueType::kDefault;
  std::vector<plan::ThresholdSpec> thresholds;  ///< of the metric itself
  std::vector<Submetric> submetrics;
};

/// Tags, or metadata. Of equal tags there is one object, unless there are very many.
struct TagSet {
  std::uint64_t id = 0;     ///< no other set's, ever: for an output that keeps something by set
  metrics::TagPairs pairs;  ///< sorted by key
  /// The value of a key, nullptr if there is none.
  [[nodiscard]] const std::string* Find(std::string_view key) const;
};

struct Sample {
  const MetricInfo* metric = nullptr;
  const TagSet* tags = nullptr;
  const TagSet* metadata = nullptr;  ///< nullptr: none
  std::int64_t time = 0;             ///< nanoseconds since 1970
  double value = 0;
};

/// Samples, and what keeps their tags alive.
struct Batch {
  std::vector<Sample> samples;
  std::vector<std::shared_ptr<const TagSet>> held;
};

}  // namespace loadctl::output
