#include "common/wire/assignment.h"

#include "common/metrics/submetric.h"

namespace loadctl::wire {

Result<void> DeclareMetric(const v1::Metric& from, metrics::MetricSet& to) {
  if (from.type() > static_cast<std::uint32_t>(metrics::MetricType::kTrend) ||
      from.contains() > static_cast<std::uint32_t>(metrics::ValueType::kData)) {
    return Fail(ErrorCode::kInvalidConfig, "metric '" + from.name() + "' is of no known type");
  }
  const auto declared = to.Declare(from.name(), static_cast<metrics::MetricType>(from.type()),
                                   static_cast<metrics::ValueType>(from.contains()));
  if (!declared) return tl::unexpected(declared.error());
  return {};
}

Result<metrics::MetricSet> ToldMetrics(const v1::Prepare& prepare) {
  metrics::MetricSet set;
  for (const auto& metric : prepare.metrics()) LOADCTL_CHECK_OK(DeclareMetric(metric, set));
  for (const auto& text : prepare.submetrics()) {
    LOADCTL_TRY(const metrics::Selector selector, metrics::ParseSelector(text));
    LOADCTL_TRY([[maybe_unused]] const auto kept, set.Keep(selector));
  }
  return set;
}

Result<Assignment> ReadPrepare(const v1::Prepare& prepare) {
  Assignment assignment;
  LOADCTL_TRY(assignment.options, plan::OptionsFromJson(prepare.options_json()));
  LOADCTL_CHECK_OK(plan::CheckScenarios(assignment.options.scenarios));
  LOADCTL_TRY(const plan::Segment segment, plan::ParseSegment(prepare.segment()));
  LOADCTL_TRY(const plan::SegmentSequence sequence,
              plan::ParseSequence(prepare.segment_sequence()));
  LOADCTL_TRY(const plan::ExecutionTuple run, plan::TupleOf(assignment.options));
  LOADCTL_TRY(const plan::ExecutionTuple part, plan::ExecutionTuple::Make(segment, sequence));
  LOADCTL_TRY(assignment.tuple, plan::ExecutionTuple::Within(run, part));
  LOADCTL_TRY(assignment.metrics, ToldMetrics(prepare));
  if (prepare.workers() > kMaxWorkers)
    return Fail(ErrorCode::kInvalidConfig, "more than 1024 workers are asked for");
  if (prepare.vus_per_isolate() > kMaxVusPerIsolate)
    return Fail(ErrorCode::kInvalidConfig, "more than 10000 VUs an isolate are asked for");
  if (prepare.max_heap() != 0 && (prepare.max_heap() < kLeastHeap || prepare.max_heap() > kMaxHeap))
    return Fail(ErrorCode::kInvalidConfig, "a heap of 4 MB to 1 TB can be asked for");
  return assignment;
}

}  // namespace loadctl::wire
