#include "common/wire/assignment.h"

#include <utility>

#include "common/metrics/submetric.h"
#include "common/wire/environment.h"
#include "common/wire/secrets.h"

namespace loadctl::wire {

// Both enums have the members of ours in the same order.
static_assert(v1::Metric::TREND == static_cast<int>(metrics::MetricType::kTrend) &&
              v1::Metric::RATE == static_cast<int>(metrics::MetricType::kRate) &&
              v1::Metric::GAUGE == static_cast<int>(metrics::MetricType::kGauge) &&
              v1::Metric::TIME == static_cast<int>(metrics::ValueType::kTime) &&
              v1::Metric::DATA == static_cast<int>(metrics::ValueType::kData));

v1::Metric WriteMetric(const metrics::Metric& metric) {
  v1::Metric to;
  to.set_name(metric.name);
  to.set_type(static_cast<v1::Metric::Type>(metric.type));
  to.set_contains(static_cast<v1::Metric::Contains>(metric.contains));
  return to;
}

Result<void> DeclareMetric(const v1::Metric& from, metrics::MetricSet& to) {
  if (!v1::Metric::Type_IsValid(from.type()) || !v1::Metric::Contains_IsValid(from.contains()))
    return Fail(ErrorCode::kInvalidConfig, "metric '" + from.name() + "' is of no known type");
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

v1::Prepare WritePrepare(const RunDescription& run, std::uint32_t agent) {
  v1::Prepare to;
  to.set_run_id(run.run.text);
  to.set_bundle_hash(run.bundle_hash);
  to.set_main_url(run.main_url);
  to.set_options_json(plan::OptionsToJson(run.options));
  PutEnvironment(run.env, *to.mutable_env());
  *to.add_assignments() = WriteAssignment(agent, plan::EqualSequence(static_cast<int>(run.agents)));
  *to.mutable_metrics() = {run.metrics.begin(), run.metrics.end()};
  *to.mutable_submetrics() = {run.submetrics.begin(), run.submetrics.end()};
  to.set_agents(run.agents);
  to.set_workers(run.workers);
  to.set_vus_per_isolate(run.vus_per_isolate);
  to.set_max_heap(run.max_heap);
  to.set_samples(run.samples);
  to.set_parts(run.parts);
  to.set_vu_isolation(static_cast<v1::VuIsolation>(run.vu_isolation));
  to.set_cpu_profile(run.cpu_profile && agent == 1);
  to.set_max_busy_ns(run.max_busy.count());
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
  if (prepare.assignments().empty() || prepare.assignments_size() > kMaxAssignments) {
    return Fail(ErrorCode::kInvalidConfig,
                "an agent takes 1 to " + std::to_string(kMaxAssignments) +
                    " assignments of a run, not " + std::to_string(prepare.assignments_size()));
  }
  for (const auto& from : prepare.assignments()) {
    LOADCTL_TRY(Assignment assignment, ReadAssignment(from, run));
    for (const auto& other : out.assignments) {
      if (other.id == assignment.id)
        return Fail(ErrorCode::kInvalidConfig,
                    "assignment " + std::to_string(other.id) + " is given twice");
    }
    out.assignments.push_back(std::move(assignment));
  }
  LOADCTL_TRY(out.metrics, ToldMetrics(prepare));
  if (prepare.workers() > kMaxWorkers)
    return Fail(ErrorCode::kInvalidConfig, "more than 1024 workers are asked for");
  if (prepare.vus_per_isolate() > kMaxVusPerIsolate)
    return Fail(ErrorCode::kInvalidConfig, "more than 10000 VUs an isolate are asked for");
  if (!v1::VuIsolation_IsValid(prepare.vu_isolation()))
    return Fail(ErrorCode::kInvalidConfig, "an unknown isolation of VUs is asked for");
  if (prepare.max_busy_ns() < 0)
    return Fail(ErrorCode::kInvalidConfig, "a script may compute for less than no time");
  if (prepare.max_heap() != 0 && (prepare.max_heap() < kLeastHeap || prepare.max_heap() > kMaxHeap))
    return Fail(ErrorCode::kInvalidConfig, "a heap of 4 MB to 1 TB can be asked for");
  LOADCTL_TRY(out.secrets, ReadSecrets(prepare.secrets()));
  out.bundle_hash = prepare.bundle_hash();
  out.main_url = prepare.main_url();
  out.env = TakeEnvironment(prepare.env());
  out.agents = prepare.agents();
  out.workers = prepare.workers();
  out.vus_per_isolate = prepare.vus_per_isolate();
  out.max_heap = prepare.max_heap();
  out.samples = prepare.samples();
  out.parts = prepare.parts();
  out.vu_isolation = static_cast<plan::VuIsolation>(prepare.vu_isolation());
  out.cpu_profile = prepare.cpu_profile();
  out.max_busy = std::chrono::nanoseconds(prepare.max_busy_ns());
  if (prepare.has_debugging()) out.debugging = prepare.debugging();
  return out;
}

}  // namespace loadctl::wire
