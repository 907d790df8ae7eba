// One worker's shard of the metrics: folds samples into sinks, and gives them up as deltas.
// Not for merging workers (session/) nor agents (controller/aggregate). The worker's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/registry.h"

namespace loadctl::metrics {

using TagList = std::vector<std::pair<std::string, std::string>>;
using TagMap = std::map<std::string, std::string>;

/// A system tag of a sample: k6's name and the value it has there.
struct SystemTag {
  std::string_view key;
  std::string_view value;
};

/// All tags of a sample, by reference. k6's order: what comes first here wins.
struct SampleTags {
  std::span<const SystemTag> system;  ///< of the sample itself (those switched on)
  const TagList* call = nullptr;      ///< given with the call
  const TagList* vu = nullptr;        ///< exec.vu.metrics.tags
  std::optional<std::string_view> group;
  std::optional<std::string_view> scenario;
  const TagMap* scenario_tags = nullptr;
  const TagMap* run_tags = nullptr;

  [[nodiscard]] std::optional<std::string_view> Find(std::string_view key) const;
};

/// Index of a check (its group and name) in one recorder.
enum class CheckId : std::uint32_t {};

class Recorder final {
 public:
  /// `set` outlives it and no longer changes once samples come. `origin` breaks ties of gauges.
  Recorder(const MetricSet& set, std::uint32_t origin);

  /// Folds one sample into the metric's series and those of its sub-metrics that the tags meet.
  /// False for NaN. No lock; no allocation once the metric's range of values was seen.
  bool Add(MetricId metric, double value, std::int64_t time, const SampleTags& tags);
  bool Add(Builtin metric, double value, std::int64_t time, const SampleTags& tags) {
    return Add(IdOf(metric), value, time, tags);
  }

  [[nodiscard]] CheckId Check(std::string_view group, std::string_view name);
  void Count(CheckId check, bool passed);
  [[nodiscard]] const std::string& NameOf(CheckId check) const {
    return checks_[static_cast<std::size_t>(check)].name;
  }
  /// Notes that a group was used, for the summary's tree.
  void UseGroup(std::string_view path);

  /// Merges what came since the last call into `sinks` (by SeriesId), `checks` and `groups`, and
  /// forgets it.
  struct Collected {
    std::vector<Sink> sinks;
    std::vector<CheckDelta> checks;
    std::vector<std::string> groups;
  };
  void CollectInto(Collected& into);

 private:
  struct Route {
    std::size_t base = 0;
    std::vector<std::pair<std::size_t, std::vector<TagCondition>>> submetrics;
  };
  struct CheckCount {
    std::string group, name;
    std::int64_t passes = 0, fails = 0;
  };
  void MakeRoutes();

  const MetricSet& set_;
  const std::uint32_t origin_;
  std::vector<Route> routes_;  // by metric id
  std::vector<Sink> sinks_;    // by series id
  std::vector<CheckCount> checks_;
  std::map<std::pair<std::string, std::string>, CheckId> check_ids_;
  std::vector<std::string> new_groups_;
  std::map<std::string, bool, std::less<>> known_groups_;
};

}  // namespace loadctl::metrics
