// One worker's shard of the metrics: folds samples into sinks, and gives them up as deltas.
// Not for merging workers (session/) nor agents (controller/aggregate). The worker's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/metrics/parts.h"
#include "agent/metrics/raw_samples.h"
#include "agent/metrics/sample_tags.h"
#include "common/metrics/delta.h"
#include "common/metrics/registry.h"

namespace loadctl::metrics {

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

  /// From here on every sample is also kept as it came, for outputs. Before the first sample.
  void KeepRaw(RawSamples::Options options) {
    raw_ = std::make_unique<RawSamples>(set_, origin_, std::move(options));
  }
  /// Those samples; null: nobody asked for them.
  [[nodiscard]] RawSamples* raw() { return raw_.get(); }

  /// From here on every sample also counts in its scenario and group (parts.h). Before the first.
  void KeepParts() { parts_ = std::make_unique<Parts>(set_); }

  /// Merges what came since the last call into `sinks` (by SeriesId), `parts`, `checks` and
  /// `groups`, and forgets it.
  struct Collected {
    std::vector<Sink> sinks;
    Parts::Series parts;
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
  std::unique_ptr<RawSamples> raw_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace loadctl::metrics
