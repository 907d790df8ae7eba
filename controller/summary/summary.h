// The end-of-test summary as plain data: what the text, the JSON export and handleSummary() show.
// Not for how it looks (text.h) nor how it is computed (build.h). Values only, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/metrics/metric.h"

namespace loadctl::summary {

struct CounterValues {
  double count = 0;
  double rate = 0;  ///< per second of the controller's run duration
};
struct GaugeValues {
  double value = 0, min = 0, max = 0;
};
struct RateValues {
  double rate = 0;                     ///< passes / (passes + fails), 0 if empty
  std::int64_t passes = 0, fails = 0;  ///< non-zero and zero samples
};
struct TrendValues {
  /// In the order of summaryTrendStats: {"avg", 1.5}, {"p(90)", 3}, ...; `count` is a stat too.
  std::vector<std::pair<std::string, double>> stats;
};
using Values = std::variant<CounterValues, GaugeValues, RateValues, TrendValues>;

struct ThresholdResult {
  std::string source;     ///< the expression as the script wrote it: `p(95)<200`
  std::string aggregate;  ///< its left-hand side: `p(95)`, `count`, `rate`, ...
  double value = 0;       ///< what the left-hand side came to
  bool ok = true;
  bool judged = true;  ///< false where an incomplete run shows but does not judge it
  /// The exact value may be on the other side of the limit: a histogram knows 0.1 % of it.
  bool within_error = false;
};

struct MetricSummary {
  std::string name;    ///< with the tag part for a sub-metric: `http_req_duration{status:200}`
  std::string parent;  ///< the metric's own name for a sub-metric, else empty
  std::string suffix;  ///< the text inside the braces for a sub-metric, else empty
  metrics::MetricType type = metrics::MetricType::kCounter;
  metrics::ValueType contains = metrics::ValueType::kDefault;
  Values values;
  std::vector<ThresholdResult> thresholds;
  bool has_samples = true;
};

struct CheckSummary {
  std::string name, path, id;  ///< path `::group::check`; id = MD5 hex of the path
  std::int64_t passes = 0, fails = 0;
};

struct GroupSummary {
  std::string name, path, id;
  std::vector<GroupSummary> groups;  ///< in order of first use
  std::vector<CheckSummary> checks;  ///< in order of first use
};

/// How late iterations started against their plan (arrival rates), in milliseconds.
struct StartLag {
  std::int64_t count = 0;
  double avg = 0, p95 = 0, p99 = 0, max = 0;
};

/// How late the generator itself was with something.
struct Lateness {
  std::uint64_t samples = 0;
  std::chrono::nanoseconds p99{0}, max{0};
};

/// CPU of an agent's workers while scenarios ran, summed over them.
struct CpuUse {
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds used{0};       ///< on a core
  std::chrono::nanoseconds waited{0};     ///< ready to run, but without a core
  std::chrono::nanoseconds saturated{0};  ///< spans of a second in which the two were 95 % or more

  [[nodiscard]] double ShareOf(std::chrono::nanoseconds part) const {
    return wall.count() <= 0
               ? 0
               : static_cast<double>(part.count()) / static_cast<double>(wall.count());
  }
};

/// What one agent did; `planned = started + dropped` and `started = complete + interrupted`.
struct LedgerEntry {
  int agent = 0;  ///< 1..N
  std::int64_t planned = 0, started = 0, dropped = 0, complete = 0, interrupted = 0;
  std::int64_t exceptions = 0;  ///< of the complete ones, those that threw
  std::uint64_t deltas_sent = 0, deltas_merged = 0;
  std::chrono::nanoseconds start_skew{0};  ///< first start against the named start instant
  bool balanced = true;
  std::optional<StartLag> start_lag;  ///< where iterations had a plan
  Lateness loop_lag;  ///< of its workers' event loops; what no metric of the target has
  CpuUse cpu;
};

struct LostAgent {
  int agent = 0;
  std::chrono::nanoseconds at{0};  ///< since the run's start
  std::string reason;
};

struct Summary {
  std::chrono::nanoseconds duration{0};  ///< setup to teardown, k6's testRunDuration
  GroupSummary root;
  std::vector<MetricSummary> metrics;    ///< sorted by name, sub-metrics after their parent
  std::vector<std::string> trend_stats;  ///< summaryTrendStats
  std::string time_unit;                 ///< summaryTimeUnit: "", "s", "ms" or "us"
  std::optional<std::string> setup_data_json;
  bool complete = true;
  int agents = 1;
  std::vector<LedgerEntry> ledger;
  std::optional<StartLag> start_lag;  ///< of all agents
  std::vector<LostAgent> lost;
};

}  // namespace loadctl::summary
