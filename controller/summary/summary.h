// The end-of-test summary: the messages of report.proto under the names used here, and what reading
// them takes. Whatever another program or a file has sent, these functions give what is sound.
// Not for how it looks (text.h) nor how it is computed (build.h). Values only, any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/metrics/metric.h"
#include "common/wire/codes.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::summary {

using v1::CheckSummary;
using v1::CpuUse;
using v1::FailedRequests;
using v1::GroupSummary;
using v1::Lateness;
using v1::LedgerEntry;
using v1::LostAgent;
using v1::MetricSummary;
using v1::StartLag;
using v1::Summary;
using v1::SummarySection;
using v1::ThresholdResult;
using wire::SpanOf;

/// What the values of a metric make it: a counter if it has none.
[[nodiscard]] constexpr metrics::MetricType TypeOf(MetricSummary::ValuesCase values) {
  switch (values) {
    case MetricSummary::kGauge:
      return metrics::MetricType::kGauge;
    case MetricSummary::kRate:
      return metrics::MetricType::kRate;
    case MetricSummary::kTrend:
      return metrics::MetricType::kTrend;
    default:
      return metrics::MetricType::kCounter;
  }
}
[[nodiscard]] inline metrics::MetricType TypeOf(const MetricSummary& metric) {
  return TypeOf(metric.values_case());
}

[[nodiscard]] inline metrics::ValueType ContainsOf(const MetricSummary& metric) {
  switch (metric.contains()) {
    case v1::Metric::TIME:
      return metrics::ValueType::kTime;
    case v1::Metric::DATA:
      return metrics::ValueType::kData;
    default:
      return metrics::ValueType::kDefault;
  }
}

/// The part of an agent's wall time that one of the others is, at most 1: what began before that
/// time may be longer. 0 where nothing was measured.
[[nodiscard]] inline double ShareOf(std::int64_t part_ns, const CpuUse& cpu) {
  if (cpu.wall_ns() <= 0) return 0;
  return std::min(static_cast<double>(part_ns) / static_cast<double>(cpu.wall_ns()), 1.0);
}

[[nodiscard]] inline double Milliseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

/// Groups nested deeper are shown at this depth.
inline constexpr std::size_t kMaxGroupDepth = 1000;

/// The groups of a summary as the tree that they are: 0 is the root, which is always there.
class GroupTree {
 public:
  /// `summary` must outlive this.
  explicit GroupTree(const Summary& summary);

  [[nodiscard]] const GroupSummary& At(std::size_t group) const;
  /// The groups that lie directly in one, in order of first use.
  [[nodiscard]] const std::vector<std::size_t>& In(std::size_t group) const {
    return inside_[group];
  }

 private:
  const Summary& summary_;
  std::vector<std::vector<std::size_t>> inside_;
};

}  // namespace loadctl::summary
