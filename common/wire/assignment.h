// What an agent is to run, as a Prepare carries it: written by the controller, read and checked by
// the agent. Whatever the other side sent, what comes out is a run.
// Not for doing it (agent/session). Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/run_id.h"
#include "common/metrics/registry.h"
#include "common/plan/options.h"
#include "common/plan/segment.h"
#include "common/plan/vu_isolation.h"
#include "common/secrets/keeper.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::wire {

/// Most worker threads that an agent is asked for.
inline constexpr std::uint32_t kMaxWorkers = 1024;
inline constexpr std::uint32_t kMaxVusPerIsolate = 10'000;
/// Of one run, on one agent.
inline constexpr int kMaxAssignments = 64;
/// What becomes the limit of an isolate's heap, in bytes.
inline constexpr std::uint64_t kLeastHeap = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kMaxHeap = std::uint64_t{1} << 40;
/// Of a CpuProfile, in all its parts.
inline constexpr std::size_t kMaxProfileBytes = std::size_t{64} << 20;

/// A share of a run, given to one agent. What the agent measures of it names it.
struct Assignment {
  std::uint32_t id = 0;        ///< from 1, the run's own
  plan::ExecutionTuple share;  ///< of the whole that the script describes
};

/// Assignment `id` of the parts that a run is cut into.
[[nodiscard]] v1::Assignment WriteAssignment(std::uint32_t id, const plan::SegmentSequence& parts);

/// What all agents of a run are told alike.
struct RunDescription {
  RunId run;
  std::string bundle_hash;
  std::string main_url;
  const plan::Options& options;
  const std::map<std::string, std::string>& env;  ///< __ENV
  std::span<const v1::Metric> metrics;            ///< declared by the script's init code
  std::span<const std::string> submetrics;        ///< selectors that are kept besides
  std::uint32_t agents = 1;
  std::uint32_t workers = 0;          ///< per agent; 0 = all cores
  std::uint32_t vus_per_isolate = 0;  ///< 0 = auto
  std::uint64_t max_heap = 0;         ///< bytes of an isolate; 0 = default
  bool samples = false;               ///< raw ones are wanted, for outputs
  bool parts = false;                 ///< scenarios and groups apart (common/metrics/part.h)
  plan::VuIsolation vu_isolation = plan::VuIsolation::kContext;
  bool cpu_profile = false;              ///< the first VU's script is sampled
  std::chrono::nanoseconds max_busy{0};  ///< that a script computes without a pause; 0 = any
};

/// What agent `agent` (1..agents) of the run is told; its assignment has the same number.
[[nodiscard]] v1::Prepare WritePrepare(const RunDescription& run, std::uint32_t agent);

/// What a Prepare says, checked.
struct Prepared {
  RunId run;
  plan::Options options;
  metrics::MetricSet metrics;           ///< with the script's, and the sub-metrics that are kept
  std::vector<Assignment> assignments;  ///< at least one, each with another id
  std::string bundle_hash;
  std::string main_url;
  std::map<std::string, std::string> env;
  std::vector<secrets::Source> secrets;
  std::uint32_t agents = 1;           ///< of the run
  std::uint32_t workers = 0;          ///< for each assignment; 0 = by the machine's cores
  std::uint32_t vus_per_isolate = 0;  ///< 0 = by their number
  std::uint64_t max_heap = 0;         ///< bytes of an isolate; 0 = default
  bool samples = false;               ///< raw ones are wanted
  bool parts = false;                 ///< scenarios and groups apart
  plan::VuIsolation vu_isolation = plan::VuIsolation::kContext;
  bool cpu_profile = false;
  std::chrono::nanoseconds max_busy{0};  ///< 0 = any
  std::optional<v1::Debugging> debugging;
};

/// Fails naming the field: options that are no plan, a segment outside its sequence, no assignment
/// or too many or one twice, metrics of no known type, sources of secrets that cannot be, numbers
/// out of range.
[[nodiscard]] Result<Prepared> ReadPrepare(const v1::Prepare& prepare);

/// The metrics and sub-metrics that a Prepare tells of, with the numbers that deltas and samples
/// name them by, on either side. Fails as DeclareMetric() and MetricSet::Keep() do.
[[nodiscard]] Result<metrics::MetricSet> ToldMetrics(const v1::Prepare& prepare);

/// A metric that a script declared, for the wire.
[[nodiscard]] v1::Metric WriteMetric(const metrics::Metric& metric);

/// Declares a script's metric. Fails (kInvalidConfig) for one of no known type, and as
/// MetricSet::Declare() does.
[[nodiscard]] Result<void> DeclareMetric(const v1::Metric& from, metrics::MetricSet& to);

}  // namespace loadctl::wire
