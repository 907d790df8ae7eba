#include "controller/summary/build.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "common/text/number.h"
#include "controller/summary/sections.h"
#include "controller/summary/values.h"

namespace loadctl::summary {
namespace {

using aggregate::MergedSeries;
using aggregate::SeriesKey;
using aggregate::SeriesMap;
using aggregate::Totals;
using metrics::Sink;
using threshold::MetricVerdicts;

constexpr std::string_view kSeparator = "::";

void PutThresholds(const MetricVerdicts& metric, Completeness completeness, MetricSummary& to) {
  for (ThresholdResult verdict : metric.verdicts) {
    verdict.set_judged(verdict.judged() && completeness == Completeness::kComplete);
    *to.add_thresholds() = std::move(verdict);
  }
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
class GroupBuilder {
 public:
  explicit GroupBuilder(Summary& summary) : summary_(summary) {
    summary_.add_groups()->set_id(PathId(""));
  }

  /// The group's place. `walked` is the part of `path` that names it and no other.
  int At(std::string_view path, std::string_view* walked = nullptr) {
    int group = 0;
    const std::string_view names = path.substr(std::min(path.find(kSeparator), path.size()));
    std::size_t begin = 0;
    for (std::size_t depth = 0; begin < names.size() && depth < kMaxGroupDepth; ++depth) {
      begin += kSeparator.size();
      const std::size_t end = std::min(names.find(kSeparator, begin), names.size());
      group = Child(group, names.substr(begin, end - begin));
      begin = end;
    }
    if (walked != nullptr) *walked = names.substr(0, begin);
    return group;
  }

  void Add(const aggregate::MergedCheck& check) {
    std::string_view walked;
    GroupSummary& group = *summary_.mutable_groups(At(check.group, &walked));
    // Not by the check's path: a group without a name has its parent's.
    const auto [place, added] =
        checks_.try_emplace({std::string(walked), check.name}, group.checks_size());
    if (added) {
      auto& fresh = *group.add_checks();
      fresh.set_name(check.name);
      fresh.set_path(group.path() + std::string(kSeparator) + check.name);
      fresh.set_id(PathId(fresh.path()));
      fresh.set_rank(static_cast<std::uint32_t>(checks_.size()));
    }
    CheckSummary& total = *group.mutable_checks(place->second);
    total.set_passes(total.passes() + check.passes);
    total.set_fails(total.fails() + check.fails);
  }

 private:
  int Child(int parent, std::string_view name) {
    const auto [place, added] =
        groups_.try_emplace({parent, std::string(name)}, summary_.groups_size());
    if (!added) return place->second;
    const std::string& above = summary_.groups(parent).path();
    std::string path;
    if (!above.empty() || !name.empty()) path = above + std::string(kSeparator) + std::string(name);
    GroupSummary& group = *summary_.add_groups();
    group.set_name(std::string(name));
    group.set_id(PathId(path));
    group.set_path(std::move(path));
    group.set_parent(static_cast<std::uint32_t>(parent));
    return place->second;
  }

  Summary& summary_;
  std::map<std::pair<int, std::string>, int> groups_;  // place, by parent and name
  // Place in its group, by the group's part of a path and the check's name.
  std::map<std::pair<std::string, std::string>, int> checks_;
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
  summary.set_duration_ns(options.duration.count());
  for (const auto& stat : options.trend_stats) summary.add_trend_stats(stat);
  summary.set_time_unit(options.time_unit);
  summary.set_complete(options.completeness == Completeness::kComplete);

  for (const auto& [key, shown] : ShownMetrics(totals, verdicts)) {
    const auto& [metric, suffix] = key;
    const MergedSeries* series = totals.Find(metric, suffix);
    const Sink sink = series != nullptr ? series->sink : metrics::MakeSink(shown.type);
    MetricSummary& one = *summary.add_metrics();
    one.set_name(metrics::SeriesName(metric, suffix));
    if (!suffix.empty()) one.set_parent(metric);
    one.set_suffix(suffix);
    PutValues(sink, shown.contains, options, one);
    one.set_has_samples(!metrics::IsEmpty(sink));
    if (shown.verdicts != nullptr) PutThresholds(*shown.verdicts, options.completeness, one);
  }

  GroupBuilder groups(summary);
  for (const std::string& group : totals.groups) groups.At(group);
  for (const aggregate::MergedCheck& check : totals.checks) groups.Add(check);
  PutSections(totals, options, summary);
  PutFailedRequests(totals, summary);
  return summary;
}

}  // namespace loadctl::summary
