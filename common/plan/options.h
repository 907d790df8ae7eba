// The consolidated options of a run: one value for every option that the engine honours.
// Not for where they come from, precedence or refusals: that is controller/plan. Agents get them as
// JSON inside the plan. Plain values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/plan/scenario.h"
#include "common/plan/segment.h"

namespace loadctl::plan {

/// One expression over a metric, unparsed: the grammar is controller/threshold's.
struct ThresholdSpec {
  std::string expression;  ///< `p(95)<200`
  bool abort_on_fail = false;
  std::chrono::nanoseconds delay_abort_eval{0};
  bool operator==(const ThresholdSpec&) const = default;
};

/// The thresholds of a metric or sub-metric.
struct MetricThresholds {
  std::string metric;  ///< as the script wrote it: `http_req_duration{status:200}`
  std::vector<ThresholdSpec> thresholds;
  bool operator==(const MetricThresholds&) const = default;
};

enum class DnsSelect { kFirst, kRoundRobin, kRandom };
enum class DnsPolicy { kPreferIpv4, kPreferIpv6, kOnlyIpv4, kOnlyIpv6, kAny };

struct DnsOptions {
  /// How long an answer is kept; 0 = not at all, nullopt = for ever.
  std::optional<std::chrono::nanoseconds> ttl = std::chrono::minutes(5);
  DnsSelect select = DnsSelect::kRandom;
  DnsPolicy policy = DnsPolicy::kPreferIpv4;
  bool operator==(const DnsOptions&) const = default;
};

/// Options of a run after all layers were merged, with k6's defaults.
struct Options {
  std::vector<Scenario> scenarios;           ///< sorted by (startTime, name), never empty in a plan
  std::vector<MetricThresholds> thresholds;  ///< sorted by metric; empty with --no-thresholds
  std::string execution_segment;             ///< of the whole that this run is; empty = all of it
  std::string execution_segment_sequence;    ///< empty = 0, the segment's ends, 1

  std::chrono::nanoseconds setup_timeout = std::chrono::seconds(60);
  std::chrono::nanoseconds teardown_timeout = std::chrono::seconds(60);
  std::chrono::nanoseconds handle_summary_timeout = std::chrono::seconds(120);
  bool no_setup = false;
  bool no_teardown = false;
  std::chrono::nanoseconds min_iteration_duration{0};
  bool throw_errors = false;  ///< `throw`: failed requests throw instead of warning

  std::int64_t max_redirects = 10;
  bool max_redirects_set = false;  ///< reaching a limit that nobody set is warned of
  std::string user_agent;          ///< empty = no User-Agent header
  bool insecure_skip_tls_verify = false;
  bool no_connection_reuse = false;     ///< no keep-alive
  bool no_vu_connection_reuse = false;  ///< idle connections are closed after each iteration
  bool discard_response_bodies = false;
  std::int64_t batch = 20;
  std::int64_t batch_per_host = 6;
  bool no_cookies_reset = false;
  bool iteration_latency = false;  ///< `loadctl_iteration_latency` is measured
  DnsOptions dns;

  std::vector<std::string> summary_trend_stats = {"avg", "min", "med", "max", "p(90)", "p(95)"};
  std::string summary_time_unit;      ///< "", "s", "ms" or "us"
  std::set<std::string> system_tags;  ///< k6's default set in a plan; may be empty
  std::map<std::string, std::string> tags;

  bool operator==(const Options&) const = default;
};

/// k6's default of `systemTags`, in k6's order.
[[nodiscard]] const std::vector<std::string>& DefaultSystemTags();
/// Every name that `systemTags` may hold; others are ignored, as in k6.
[[nodiscard]] const std::vector<std::string>& KnownSystemTags();

/// `ttl=5m,select=random,policy=preferIPv4`-style words of the two enumerations.
[[nodiscard]] std::string_view DnsSelectName(DnsSelect select);
[[nodiscard]] std::string_view DnsPolicyName(DnsPolicy policy);
/// Fails (kInvalidConfig): `foo does not belong to DNSSelect values`.
[[nodiscard]] Result<DnsSelect> ParseDnsSelect(std::string_view name);
[[nodiscard]] Result<DnsPolicy> ParseDnsPolicy(std::string_view name);

/// The part of the whole that the run is, to be cut among its agents: the whole, but for
/// `executionSegment`. Fails (kInvalidConfig) as ExecutionTuple::Make() does.
[[nodiscard]] Result<ExecutionTuple> TupleOf(const Options& options);

/// The plan's wire form; OptionsFromJson of it gives the same options.
[[nodiscard]] std::string OptionsToJson(const Options& options);
/// Fails (kInvalidConfig) naming the field on anything OptionsToJson does not write.
[[nodiscard]] Result<Options> OptionsFromJson(std::string_view json);

}  // namespace loadctl::plan
