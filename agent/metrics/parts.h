// What a worker measured in each scenario and group, and which requests failed: for the full
// summary, reports and pages, where a run is asked for them. Not for the metrics of the whole run
// (recorder.h). The worker's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/metrics/sample_tags.h"
#include "common/metrics/delta.h"
#include "common/metrics/part.h"
#include "common/metrics/registry.h"

namespace loadctl::metrics {

class Parts final {
 public:
  /// Places that are told apart; what comes beyond them is added up as one. Of failed requests too.
  static constexpr std::size_t kMostPlaces = 500, kMostFailed = 200;

  explicit Parts(const MetricSet& set) : set_(set) {}

  /// As in k6 2.2, the scenario `default` is none, what setup() and teardown() measure is in no
  /// group, and a sample counts in its scenario and in its own group, not in those around it. No
  /// allocation once its place and its metric's range of values were seen.
  void Add(MetricId metric, double value, GaugeSink::Stamp stamp, const SampleTags& tags);

  /// Metric and suffix (common/metrics/part.h) of what was measured.
  using Series = std::map<std::pair<MetricId, std::string>, Sink>;
  /// Merges what came since the last call, and forgets it. `groups` gets the suffix of each place
  /// that is new; the group of `checks` is one.
  void CollectInto(Series& series, std::vector<CheckDelta>& checks,
                   std::vector<std::string>& groups);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <typename Value>
  using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  struct Check {
    std::string name;
    std::int64_t passes = 0, fails = 0;
  };
  struct Measured {
    std::string suffix;
    std::vector<Sink> sinks;  // by metric id, as far as any was used
    std::vector<Check> checks;
    ByText<std::size_t> check_places;
    bool told = false;  // as a group
  };

  void AddFailed(GaugeSink::Stamp stamp, const SampleTags& tags);
  Measured& At(std::string_view scenario, std::string_view group);

  const MetricSet& set_;
  std::vector<std::unique_ptr<Measured>> places_;
  ByText<Measured*> by_suffix_;
  ByText<Sink> failed_;
  // The place of the last sample, which often is that of the next.
  std::string last_scenario_, last_group_;
  Measured* last_ = nullptr;
  std::string scratch_;
};

}  // namespace loadctl::metrics
