#include "common/wire/assignment.h"

#include <utility>

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

v1::Assignment WriteAssignment(std::uint32_t id, const plan::SegmentSequence& parts) {
  v1::Assignment to;
  to.set_id(id);
  to.set_segment(parts.segments.at(id - 1).ToString());
  to.set_segment_sequence(parts.ToString());
  return to;
}

namespace {

Result<Assignment> ReadAssignment(const v1::Assignment& from, const plan::ExecutionTuple& run) {
  Assignment assignment;
  if (from.id() == 0) return Fail(ErrorCode::kInvalidConfig, "an assignment has no id");
  assignment.id = from.id();
  LOADCTL_TRY(const plan::Segment segment, plan::ParseSegment(from.segment()));
  LOADCTL_TRY(const plan::SegmentSequence sequence, plan::ParseSequence(from.segment_sequence()));
  LOADCTL_TRY(const plan::ExecutionTuple part, plan::ExecutionTuple::Make(segment, sequence));
  LOADCTL_TRY(assignment.share, plan::ExecutionTuple::Within(run, part));
  return assignment;
}

}  // namespace

Result<Prepared> ReadPrepare(const v1::Prepare& prepare) {
  Prepared out;
  out.run.text = prepare.run_id();
  LOADCTL_TRY(out.options, plan::OptionsFromJson(prepare.options_json()));
  LOADCTL_CHECK_OK(plan::CheckScenarios(out.options.scenarios));
  LOADCTL_TRY(const plan::ExecutionTuple run, plan::TupleOf(out.options));
  if (prepare.assignments_size() != 1) {
    return Fail(ErrorCode::kInvalidConfig, "an agent takes one assignment of a run, not " +
                                               std::to_string(prepare.assignments_size()));
  }
  for (const auto& from : prepare.assignments()) {
    LOADCTL_TRY(Assignment assignment, ReadAssignment(from, run));
    out.assignments.push_back(std::move(assignment));
  }
  LOADCTL_TRY(out.metrics, ToldMetrics(prepare));
  if (prepare.workers() > kMaxWorkers)
    return Fail(ErrorCode::kInvalidConfig, "more than 1024 workers are asked for");
  if (prepare.vus_per_isolate() > kMaxVusPerIsolate)
    return Fail(ErrorCode::kInvalidConfig, "more than 10000 VUs an isolate are asked for");
  if (prepare.max_heap() != 0 && (prepare.max_heap() < kLeastHeap || prepare.max_heap() > kMaxHeap))
    return Fail(ErrorCode::kInvalidConfig, "a heap of 4 MB to 1 TB can be asked for");
  return out;
}

}  // namespace loadctl::wire
