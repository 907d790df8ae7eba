#include "common/plan/options.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "common/plan/json_reader.h"
#include "common/plan/scenario_json.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

constexpr std::array<std::pair<DnsSelect, std::string_view>, 3> kSelects = {{
    {DnsSelect::kFirst, "first"},
    {DnsSelect::kRoundRobin, "roundRobin"},
    {DnsSelect::kRandom, "random"},
}};

constexpr std::array<std::pair<DnsPolicy, std::string_view>, 5> kPolicies = {{
    {DnsPolicy::kPreferIpv4, "preferIPv4"},
    {DnsPolicy::kPreferIpv6, "preferIPv6"},
    {DnsPolicy::kOnlyIpv4, "onlyIPv4"},
    {DnsPolicy::kOnlyIpv6, "onlyIPv6"},
    {DnsPolicy::kAny, "any"},
}};

template <typename Table>
auto FindName(const Table& table, std::string_view name, std::string_view type)
    -> Result<typename Table::value_type::first_type> {
  for (const auto& [value, text] : table) {
    if (text == name) return value;
  }
  return Fail(ErrorCode::kInvalidConfig,
              std::string(name) + " does not belong to " + std::string(type) + " values");
}

json::object DnsToValue(const DnsOptions& dns) {
  json::object out;
  if (dns.ttl) out["ttl"] = dns.ttl->count();
  out["select"] = json::string_view(DnsSelectName(dns.select));
  out["policy"] = json::string_view(DnsPolicyName(dns.policy));
  return out;
}

Result<DnsOptions> DnsFromValue(const json::value& value) {
  JsonReader reader(value, "options.dns");
  DnsOptions out;
  out.ttl = reader.OptionalDuration("ttl");
  const std::string select = reader.String("select");
  const std::string policy = reader.String("policy");
  LOADCTL_CHECK_OK(reader.Done());
  LOADCTL_TRY(out.select, ParseDnsSelect(select));
  LOADCTL_TRY(out.policy, ParseDnsPolicy(policy));
  return out;
}

json::array ThresholdsToValue(const std::vector<MetricThresholds>& metrics) {
  json::array out;
  for (const MetricThresholds& metric : metrics) {
    json::array specs;
    for (const ThresholdSpec& spec : metric.thresholds) {
      specs.push_back({{"threshold", spec.expression},
                       {"abortOnFail", spec.abort_on_fail},
                       {"delayAbortEval", spec.delay_abort_eval.count()}});
    }
    out.push_back({{"metric", metric.metric}, {"thresholds", std::move(specs)}});
  }
  return out;
}

Result<std::vector<MetricThresholds>> ThresholdsFromValue(const json::array& values) {
  std::vector<MetricThresholds> out;
  for (const json::value& value : values) {
    JsonReader reader(value, "options.thresholds");
    MetricThresholds& metric = out.emplace_back();
    metric.metric = reader.String("metric");
    for (const json::value& item : reader.Array("thresholds")) {
      JsonReader fields(item, "options.thresholds." + metric.metric);
      ThresholdSpec& spec = metric.thresholds.emplace_back();
      spec.expression = fields.String("threshold");
      spec.abort_on_fail = fields.Bool("abortOnFail");
      spec.delay_abort_eval = fields.Duration("delayAbortEval");
      LOADCTL_CHECK_OK(fields.Done());
    }
    LOADCTL_CHECK_OK(reader.Done());
  }
  return out;
}

/// The fields that hold one plain value: `visit(name, field)` for each, in the order of the wire.
template <typename SomeOptions, typename Visit>
void ForEachPlainField(SomeOptions& options, Visit visit) {
  visit("executionSegment", options.execution_segment);
  visit("executionSegmentSequence", options.execution_segment_sequence);
  visit("setupTimeout", options.setup_timeout);
  visit("teardownTimeout", options.teardown_timeout);
  visit("handleSummaryTimeout", options.handle_summary_timeout);
  visit("noSetup", options.no_setup);
  visit("noTeardown", options.no_teardown);
  visit("minIterationDuration", options.min_iteration_duration);
  visit("throw", options.throw_errors);
  visit("maxRedirects", options.max_redirects);
  visit("maxRedirectsSet", options.max_redirects_set);
  visit("userAgent", options.user_agent);
  visit("insecureSkipTLSVerify", options.insecure_skip_tls_verify);
  visit("noConnectionReuse", options.no_connection_reuse);
  visit("noVUConnectionReuse", options.no_vu_connection_reuse);
  visit("discardResponseBodies", options.discard_response_bodies);
  visit("batch", options.batch);
  visit("batchPerHost", options.batch_per_host);
  visit("noCookiesReset", options.no_cookies_reset);
  visit("iterationLatency", options.iteration_latency);
  visit("summaryTrendStats", options.summary_trend_stats);
  visit("summaryTimeUnit", options.summary_time_unit);
  visit("systemTags", options.system_tags);
  visit("tags", options.tags);
}

json::value ToValue(std::chrono::nanoseconds value) { return value.count(); }
json::value ToValue(bool value) { return value; }
json::value ToValue(std::int64_t value) { return value; }
json::value ToValue(const std::string& value) { return json::string(value); }
json::value ToValue(const std::vector<std::string>& value) { return ToJson(value); }
json::value ToValue(const std::map<std::string, std::string>& value) { return ToJson(value); }
json::value ToValue(const std::set<std::string>& value) {
  return ToJson(std::vector<std::string>(value.begin(), value.end()));
}

void Read(JsonReader& reader, const char* key, std::chrono::nanoseconds& out) {
  out = reader.Duration(key);
}
void Read(JsonReader& reader, const char* key, bool& out) { out = reader.Bool(key); }
void Read(JsonReader& reader, const char* key, std::int64_t& out) { out = reader.Int(key); }
void Read(JsonReader& reader, const char* key, std::string& out) { out = reader.String(key); }
void Read(JsonReader& reader, const char* key, std::vector<std::string>& out) {
  out = reader.Strings(key);
}
void Read(JsonReader& reader, const char* key, std::map<std::string, std::string>& out) {
  out = reader.StringMap(key);
}
void Read(JsonReader& reader, const char* key, std::set<std::string>& out) {
  const std::vector<std::string> names = reader.Strings(key);
  out = {names.begin(), names.end()};
}

}  // namespace

const std::vector<std::string>& DefaultSystemTags() {
  static const std::vector<std::string> kTags = {
      "proto", "subproto", "status",     "method",      "url",      "name",    "group",
      "check", "error",    "error_code", "tls_version", "scenario", "service", "expected_response"};
  return kTags;
}

const std::vector<std::string>& KnownSystemTags() {
  static const std::vector<std::string> kTags = [] {
    std::vector<std::string> tags = DefaultSystemTags();
    tags.insert(tags.end(), {"iter", "vu", "ocsp_status", "ip"});
    return tags;
  }();
  return kTags;
}

std::string_view DnsSelectName(DnsSelect select) {
  for (const auto& [value, text] : kSelects) {
    if (value == select) return text;
  }
  return "";
}

std::string_view DnsPolicyName(DnsPolicy policy) {
  for (const auto& [value, text] : kPolicies) {
    if (value == policy) return text;
  }
  return "";
}

Result<DnsSelect> ParseDnsSelect(std::string_view name) {
  return FindName(kSelects, name, "DNSSelect");
}

Result<DnsPolicy> ParseDnsPolicy(std::string_view name) {
  return FindName(kPolicies, name, "DNSPolicy");
}

Result<ExecutionTuple> TupleOf(const Options& options) {
  std::optional<Segment> segment;
  std::optional<SegmentSequence> sequence;
  const auto invalid = [](const Error& error) {
    return Fail(ErrorCode::kInvalidConfig, error.message);
  };
  if (!options.execution_segment.empty()) {
    auto read = ParseSegment(options.execution_segment);
    if (!read) return invalid(read.error());
    segment = *read;
  }
  if (!options.execution_segment_sequence.empty()) {
    auto read = ParseSequence(options.execution_segment_sequence);
    if (!read) return invalid(read.error());
    sequence = std::move(*read);
  }
  auto tuple = ExecutionTuple::Make(segment, sequence);
  if (!tuple) return invalid(tuple.error());
  return tuple;
}

std::string OptionsToJson(const Options& options) {
  json::object out;
  json::array scenarios;
  for (const Scenario& scenario : options.scenarios) {
    scenarios.push_back(ScenarioToValue(scenario));
  }
  out["scenarios"] = std::move(scenarios);
  out["thresholds"] = ThresholdsToValue(options.thresholds);
  out["dns"] = DnsToValue(options.dns);
  ForEachPlainField(options,
                    [&](const char* key, const auto& value) { out[key] = ToValue(value); });
  return json::serialize(out);
}

Result<Options> OptionsFromJson(std::string_view json) {
  LOADCTL_TRY(const json::value value, ParseJson(json, "reading the plan's options"));
  JsonReader reader(value, "options");
  Options out;
  for (const json::value& item : reader.Array("scenarios")) {
    LOADCTL_TRY(Scenario scenario, ScenarioFromValue(item, "options.scenarios"));
    out.scenarios.push_back(std::move(scenario));
  }
  LOADCTL_TRY(out.thresholds, ThresholdsFromValue(reader.Array("thresholds")));
  const json::value dns(reader.Object("dns"));
  ForEachPlainField(out, [&](const char* key, auto& field) { Read(reader, key, field); });
  LOADCTL_CHECK_OK(reader.Done());
  LOADCTL_TRY(out.dns, DnsFromValue(dns));
  return out;
}

}  // namespace loadctl::plan
