#include "controller/summary/build.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "common/text/number.h"

namespace loadctl::summary {
namespace {

using aggregate::MergedSeries;
using aggregate::SeriesKey;
using aggregate::SeriesMap;
using aggregate::Totals;
using metrics::CounterSink;
using metrics::GaugeSink;
using metrics::RateSink;
using metrics::Sink;
using metrics::TrendSink;
using threshold::MetricVerdicts;

constexpr std::string_view kSeparator = "::";
constexpr int kMaxGroupDepth = 1000;  // what is nested deeper is shown at this depth

std::string_view PercentileText(std::string_view stat) { return stat.substr(2, stat.size() - 3); }

double StatOf(const TrendSink& sink, const std::string& stat) {
  if (stat == "avg") return sink.avg();
  if (stat == "min") return sink.min();
  if (stat == "med") return sink.Percentile(50);
  if (stat == "max") return sink.max();
  if (stat == "count") return static_cast<double>(sink.count());
  return sink.Percentile(text::ParseGoFloat(PercentileText(stat)).value_or(0));
}

Values ValuesOf(const Sink& sink, const BuildOptions& options) {
  if (const auto* counter = std::get_if<CounterSink>(&sink)) {
    const double seconds = static_cast<double>(options.duration.count()) / 1e9;
    const double count = counter->sum();
    return CounterValues{count, options.duration.count() == 0 ? 0 : count / seconds};
  }
  if (const auto* gauge = std::get_if<GaugeSink>(&sink)) {
    return GaugeValues{gauge->value(), gauge->min(), gauge->max()};
  }
  if (const auto* rate = std::get_if<RateSink>(&sink)) {
    return RateValues{rate->rate(), rate->nonzero(), rate->total() - rate->nonzero()};
  }
  TrendValues values;
  const auto& trend = std::get<TrendSink>(sink);
  for (const std::string& stat : options.trend_stats) {
    values.stats.emplace_back(stat, StatOf(trend, stat));
  }
  return values;
}

std::vector<ThresholdResult> ResultsOf(const MetricVerdicts& metric, Completeness completeness) {
  std::vector<ThresholdResult> results;
  for (const threshold::Verdict& verdict : metric.verdicts) {
    results.push_back({verdict.source, verdict.aggregate, verdict.value, verdict.ok,
                       completeness == Completeness::kComplete, verdict.within_error});
  }
  return results;
}

// What is to be shown, before its values are known.
struct Shown {
  metrics::MetricType type;
  metrics::ValueType contains;
  const MetricVerdicts* verdicts = nullptr;
};

SeriesMap<Shown> ShownMetrics(const Totals& totals, const std::vector<MetricVerdicts>& verdicts) {
  SeriesMap<Shown> shown;
  for (const auto& [key, series] : totals.series) {
    // Who does not judge it does not see it: k6 has no such metric.
    if (key.first == metrics::Describe(metrics::Builtin::kStartLag).name) continue;
    if (series.observed()) shown.emplace(key, Shown{series.type(), series.contains});
  }
  for (const MetricVerdicts& metric : verdicts) {
    const Shown one{metric.type, metric.contains};
    shown.emplace(SeriesKey(metric.selector.metric, ""), one);
    const SeriesKey key(metric.selector.metric, metric.selector.suffix);
    shown.emplace(key, one).first->second.verdicts = &metric;
  }
  return shown;
}

// Builds the tree of groups; finds a group by its path as k6 does: what stands before the first
// separator is the root, whatever it is.
class GroupTree {
 public:
  GroupTree() { root_.id = PathId(""); }

  GroupSummary& At(std::string_view path) { return Walk(path).first; }

  void Add(const aggregate::MergedCheck& check) {
    auto [group, walked] = Walk(check.group);
    std::string path = group.path + std::string(kSeparator) + check.name;
    // Not by `path`: a group without a name has its parent's.
    const auto [place, added] =
        checks_.try_emplace({std::string(walked), check.name}, group.checks.size());
    if (added) group.checks.push_back({check.name, path, PathId(path), 0, 0});
    CheckSummary& total = group.checks[place->second];
    total.passes += check.passes;
    total.fails += check.fails;
  }

  [[nodiscard]] GroupSummary Take() { return std::move(root_); }

 private:
  /// The group, and the part of `path` that names it and no other.
  std::pair<GroupSummary&, std::string_view> Walk(std::string_view path) {
    GroupSummary* group = &root_;
    const std::string_view names = path.substr(std::min(path.find(kSeparator), path.size()));
    std::size_t begin = 0;
    for (int depth = 0; begin < names.size() && depth < kMaxGroupDepth; ++depth) {
      begin += kSeparator.size();
      const std::size_t end = std::min(names.find(kSeparator, begin), names.size());
      group = &Child(*group, names.substr(begin, end - begin));
      begin = end;
    }
    return {*group, names.substr(0, begin)};
  }

  static GroupSummary& Child(GroupSummary& parent, std::string_view name) {
    const auto same = [&](const GroupSummary& group) { return group.name == name; };
    const auto found = std::find_if(parent.groups.begin(), parent.groups.end(), same);
    if (found != parent.groups.end()) return *found;
    GroupSummary group;
    group.name = name;
    if (!parent.path.empty() || !name.empty()) {
      group.path = parent.path + std::string(kSeparator) + group.name;
    }
    group.id = PathId(group.path);
    return parent.groups.emplace_back(std::move(group));
  }

  GroupSummary root_;
  // Place in its group, by the group's part of a path and the check's name.
  std::map<std::pair<std::string, std::string>, std::size_t> checks_;
};

}  // namespace

Result<void> CheckTrendStats(const std::vector<std::string>& stats) {
  constexpr std::array<std::string_view, 5> kPlain = {"avg", "min", "med", "max", "count"};
  for (const std::string& stat : stats) {
    if (std::find(kPlain.begin(), kPlain.end(), stat) != kPlain.end()) continue;
    if (!stat.starts_with("p(") || !stat.ends_with(")")) {
      return Fail(ErrorCode::kInvalidConfig, "invalid trend stat '" + stat + "', unknown format");
    }
    const auto percent = text::ParseGoFloat(PercentileText(stat));
    if (!percent || *percent < 0 || *percent > 100) {
      return Fail(ErrorCode::kInvalidConfig, "invalid percentile trend stat value '" + stat +
                                                 "', provide a number between 0 and 100");
    }
  }
  return {};
}

std::string PathId(std::string_view path) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(path.data(), path.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Summary BuildSummary(const Totals& totals, const std::vector<MetricVerdicts>& verdicts,
                     const BuildOptions& options) {
  Summary summary;
  summary.duration = options.duration;
  summary.trend_stats = options.trend_stats;
  summary.time_unit = options.time_unit;
  summary.complete = options.completeness == Completeness::kComplete;

  for (const auto& [key, shown] : ShownMetrics(totals, verdicts)) {
    const auto& [metric, suffix] = key;
    const MergedSeries* series = totals.Find(metric, suffix);
    const Sink sink = series != nullptr ? series->sink : metrics::MakeSink(shown.type);
    MetricSummary one;
    one.name = metrics::SeriesName(metric, suffix);
    one.parent = suffix.empty() ? "" : metric;
    one.suffix = suffix;
    one.type = shown.type;
    one.contains = shown.contains;
    one.values = ValuesOf(sink, options);
    one.has_samples = !metrics::IsEmpty(sink);
    if (shown.verdicts != nullptr) {
      one.thresholds = ResultsOf(*shown.verdicts, options.completeness);
    }
    summary.metrics.push_back(std::move(one));
  }

  GroupTree tree;
  for (const std::string& group : totals.groups) tree.At(group);
  for (const aggregate::MergedCheck& check : totals.checks) tree.Add(check);
  summary.root = tree.Take();
  return summary;
}

}  // namespace loadctl::summary
