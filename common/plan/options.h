// The options of a run: a typed value for each, and who has set it. options.inc is their table.
// Not for reading what users write, precedence or refusals: that is controller/plan. Agents get
// them as JSON inside the plan. Plain values: any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/plan/scenario.h"
#include "common/plan/segment.h"
#include "common/plan/setting.h"

namespace loadctl::plan {

/// What programs may end with that are not ended by a signal: shells use what is beyond.
inline constexpr std::int64_t kMostExitCode = 125;

/// One expression over a metric, unparsed: the grammar is controller/threshold's.
struct ThresholdSpec {
  std::string expression;  ///< `p(95)<200`
  bool abort_on_fail = false;
  std::optional<std::chrono::nanoseconds> delay_abort_eval;  ///< absent: none
  // Beyond k6.
  std::optional<std::chrono::nanoseconds> window = {};  ///< it must hold over each stretch so long
  std::optional<std::chrono::nanoseconds> warmup = {};  ///< what was measured before is left out
  std::int64_t min_samples = 0;                         ///< not judged with fewer
  bool warn = false;           ///< `level: 'warn'`: told, and fails nothing
  std::int64_t exit_code = 0;  ///< of a run that it fails; 0: k6's 99
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

/// `dns`, of which each field may be set alone.
struct DnsOptions {
  std::optional<std::string> ttl = {};  ///< as written; MakePlan() has checked that Ttl() reads it
  std::optional<DnsSelect> select = {};
  std::optional<DnsPolicy> policy = {};

  /// How long an answer is kept: 5 minutes where nothing is set; 0 = not at all, nullopt = for
  /// ever. Fails (kGeneric) with `invalid DNS TTL: x`.
  [[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> Ttl() const;
  [[nodiscard]] DnsSelect Select() const { return select.value_or(DnsSelect::kRandom); }
  [[nodiscard]] DnsPolicy Policy() const { return policy.value_or(DnsPolicy::kPreferIpv4); }
  /// Takes the fields that `above` sets.
  void Overwrite(const DnsOptions& above);
  bool operator==(const DnsOptions&) const = default;
};

/// Where a host is dialled instead of what its name says.
struct HostTarget {
  /// IPv4 or IPv6, as inet_ntop() prints it; or a Unix socket: `unix:/path`, `unix:@abstract`.
  std::string address;
  std::uint16_t port = 0;  ///< 0: that of the URL
  bool operator==(const HostTarget&) const = default;
};
/// `hosts`: by `name`, `*.name` or one of them with `:port`, in lower case.
using Hosts = std::map<std::string, HostTarget>;

/// `tlsVersion`: the least and the greatest; empty = any.
struct TlsVersions {
  std::string min, max;  ///< `tls1.2`
  bool operator==(const TlsVersions&) const = default;
};

/// One of `tlsAuth`: a certificate that the client shows to some hosts.
struct TlsCertificate {
  std::string cert, key;  ///< PEM
  std::optional<std::string> password;
  std::optional<std::vector<std::string>> domains;  ///< names or `*.name`
  bool operator==(const TlsCertificate&) const = default;
};

/// A value that is kept as it was written, as JSON text.
struct Json {
  std::string text = "null";
  bool operator==(const Json&) const = default;
};

using Texts = std::map<std::string, std::string>;

/// k6's default of `systemTags`.
[[nodiscard]] const std::set<std::string>& DefaultSystemTags();
/// Every name that `systemTags` may hold: k6's, and `phase`. Others are ignored, as in k6.
[[nodiscard]] const std::set<std::string>& KnownSystemTags();
/// k6's default of `summaryTrendStats`.
[[nodiscard]] const std::vector<std::string>& DefaultTrendStats();

/// All options: of one layer, or of a run after the layers were merged. A member that nobody has
/// set has its default, and Source::kDefault. The members are the rows of options.inc.
struct Options {
#define OPTION(type, member, default_value, ...) type member = default_value;
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION

  /// Who has set each member, in the order of the rows.
  static constexpr std::size_t kCount = 0
#define OPTION(...) +1
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION
      ;
  std::array<Source, kCount> sources{};

  /// Who has set the member: `SourceOf(&Options::vus)`.
  template <typename T>
  [[nodiscard]] Source SourceOf(T Options::*member) const {
    return sources[IndexOf(member)];
  }
  template <typename T>
  [[nodiscard]] bool IsSet(T Options::*member) const {
    return SourceOf(member) != Source::kDefault;
  }
  /// The value if somebody has set it.
  template <typename T>
  [[nodiscard]] std::optional<T> Given(T Options::*member) const {
    return IsSet(member) ? std::optional<T>(this->*member) : std::nullopt;
  }
  template <typename T>
  void Set(T Options::*member, std::type_identity_t<T> value, Source source) {
    this->*member = std::move(value);
    sources[IndexOf(member)] = source;
  }
  template <typename T>
  [[nodiscard]] static std::size_t IndexOf(T Options::*member);

  /// `thresholds`, unless --no-thresholds was given.
  [[nodiscard]] const std::vector<MetricThresholds>& JudgedThresholds() const;

  bool operator==(const Options&) const = default;
};

/// The rows of the options, in order.
[[nodiscard]] std::span<const Setting, Options::kCount> OptionRows();

/// Who has set the row's member: for rows found by name.
[[nodiscard]] Source SourceOf(const Setting& row, const Options& options);

/// One option of a set of options: its value, and who has set it.
template <typename T>
struct OptionSlot {
  T& value;
  std::conditional_t<std::is_const_v<T>, const Source, Source>& source;
  [[nodiscard]] bool IsSet() const { return source != Source::kDefault; }
};

/// `visit(row, slot...)` for each row, with that row's slot of each of the sets.
template <typename Visit, typename... SomeOptions>
void ForEachOption(const Visit& visit, SomeOptions&... options) {
  std::size_t row = 0;
#define OPTION(type, member, ...)                                                       \
  visit(OptionRows()[row],                                                              \
        OptionSlot<std::conditional_t<std::is_const_v<SomeOptions>, const type, type>>{ \
            options.member, options.sources[row]}...);                                  \
  ++row;
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION
}

template <typename T>
std::size_t Options::IndexOf(T Options::*member) {
  std::size_t row = 0;
#define OPTION(type, name, ...)               \
  if constexpr (std::is_same_v<type, T>) {    \
    if (member == &Options::name) return row; \
  }                                           \
  ++row;
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION
  LOADCTL_CHECK(false, "every member is a row");
  return 0;
}

/// `ttl=5m,select=random,policy=preferIPv4`-style words of the two enumerations.
[[nodiscard]] std::string_view DnsSelectName(DnsSelect select);
[[nodiscard]] std::string_view DnsPolicyName(DnsPolicy policy);
/// Fails (kInvalidConfig): `foo does not belong to DNSSelect values`.
[[nodiscard]] Result<DnsSelect> ParseDnsSelect(std::string_view name);
[[nodiscard]] Result<DnsPolicy> ParseDnsPolicy(std::string_view name);

/// The part of the whole that the run is, to be cut among its agents: the whole, but for
/// `executionSegment`. Fails (kInvalidConfig) as ExecutionTuple::Make() does.
[[nodiscard]] Result<ExecutionTuple> TupleOf(const Options& options);

/// The wire form, of the rows that are not as in Options{}; OptionsFromJson of it gives the same.
[[nodiscard]] std::string OptionsToJson(const Options& options);
/// Fails (kInvalidConfig) naming the field on anything OptionsToJson does not write.
[[nodiscard]] Result<Options> OptionsFromJson(std::string_view json);

/// What of the options is shown, and as what.
enum class OptionsView {
  kScript,     ///< one layer alone: null where it sets nothing
  kAll,        ///< and the defaults that k6 prints
  kExecution,  ///< exec.test.options: without the shortcuts
  kWritten,    ///< what is written into a script's own `options`: only what is set
};
/// The options as a JSON object in k6's forms and order, durations as `1m30s`.
[[nodiscard]] std::string ShownOptions(const Options& options, OptionsView view);

}  // namespace loadctl::plan
