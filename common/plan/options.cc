#include "common/plan/options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/duration.h"

namespace loadctl::plan {
namespace {

using enum Scope;
using enum ValueType;
using enum Support;
using enum Layering;

constexpr std::array<Setting, Options::kCount> kRows = {
#define OPTION(type, member, default_value, ...) Setting{__VA_ARGS__},
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION
};

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

}  // namespace

std::span<const Setting, Options::kCount> OptionRows() { return kRows; }

const std::vector<MetricThresholds>& Options::JudgedThresholds() const {
  static const std::vector<MetricThresholds> kNone;
  return no_thresholds ? kNone : thresholds;
}

Source SourceOf(const Setting& row, const Options& options) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].key == row.key) return options.sources[i];
  }
  return Source::kDefault;
}

const std::set<std::string>& DefaultSystemTags() {
  static const std::set<std::string> kTags = {
      "proto", "subproto", "status",     "method",      "url",      "name",    "group",
      "check", "error",    "error_code", "tls_version", "scenario", "service", "expected_response"};
  return kTags;
}

const std::set<std::string>& KnownSystemTags() {
  static const std::set<std::string> kTags = [] {
    std::set<std::string> tags = DefaultSystemTags();
    tags.insert({"iter", "vu", "ocsp_status", "ip", "phase"});
    return tags;
  }();
  return kTags;
}

const std::vector<std::string>& DefaultTrendStats() {
  static const std::vector<std::string> kStats = {"avg", "min", "med", "max", "p(90)", "p(95)"};
  return kStats;
}

Result<std::optional<std::chrono::nanoseconds>> DnsOptions::Ttl() const {
  const std::string text = ttl.value_or("");
  if (text.empty()) return std::chrono::nanoseconds(std::chrono::minutes(5));
  if (text == "inf") return std::nullopt;
  const auto duration = ParseK6Duration(text);
  if (!duration || duration->count() < 0) return Fail("invalid DNS TTL: " + text);
  return *duration;
}

void DnsOptions::Overwrite(const DnsOptions& above) {
  if (above.ttl) ttl = above.ttl;
  if (above.select) select = above.select;
  if (above.policy) policy = above.policy;
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

}  // namespace loadctl::plan
