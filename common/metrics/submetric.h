// Names of metrics and sub-metrics as thresholds write them: `http_req_duration{status:200}`.
// Not for which metrics exist (registry.h). Plain functions: any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/metric.h"

namespace loadctl::metrics {

/// A metric, or with a suffix the part of its samples whose tags meet all conditions.
struct Selector {
  std::string metric;
  std::string suffix;                    ///< text inside the braces, trimmed; "" for a metric
  std::vector<TagCondition> conditions;  ///< sorted by key, one for each key
  [[nodiscard]] bool is_submetric() const { return !suffix.empty(); }
  [[nodiscard]] std::string Name() const;  ///< `metric` or `metric{suffix}`
};

/// Reads a selector by k6's rules: split at commas, a key ends at its first colon, spaces and then
/// quotes around keys and values are dropped, the last of equal keys counts.
///
/// Fails (kInvalidConfig) with k6's texts, from `parsing metric name failed, metric "..." has
/// unmatched opening/close curly brace` on. The metric need not exist.
[[nodiscard]] Result<Selector> ParseSelector(std::string_view text);

/// The value of a sample's tag, nullopt if the sample has no such tag.
using TagLookup = std::function<std::optional<std::string_view>(std::string_view key)>;

/// True if every condition's tag is there with that value; an empty value must be there, too.
[[nodiscard]] bool Matches(const std::vector<TagCondition>& conditions, const TagLookup& tags);

/// `metric{suffix}`, or `metric` if the suffix is empty.
[[nodiscard]] std::string SeriesName(std::string_view metric, std::string_view suffix);

}  // namespace loadctl::metrics
