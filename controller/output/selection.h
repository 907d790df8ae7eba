// What of a run's samples outputs get: --out-metrics, --out-tags, --out-max-series.
// Not for what they do with it. The decoder's thread, but for Make().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/metrics/registry.h"
#include "common/metrics/samples.h"
#include "common/plan/options.h"
#include "common/text/name_filter.h"

namespace loadctl::output {

class Selection final {
 public:
  /// Fails (kInvalidConfig) naming the option. A name that no metric of `set` has is told in
  /// warnings().
  [[nodiscard]] static Result<Selection> Make(const plan::Options& options,
                                              const metrics::MetricSet& set);
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  [[nodiscard]] bool Wants(std::string_view metric) const { return metrics_.Wants(metric); }

  /// Takes off the tags that are not wanted, and adds `agent`, the number of the samples' agent,
  /// where --out-tags names it and they have none of that name.
  void Reduce(int agent, metrics::TagPairs& tags) const;

  /// Whether there is a cap on sets of tags.
  [[nodiscard]] bool capped() const { return most_ > 0; }
  [[nodiscard]] std::size_t most() const { return most_; }
  /// Whether a set of tags, as SampleEncoder::ToBytes() has them, is one of the first so many.
  [[nodiscard]] bool IsAmongFirst(const std::string& tags);

 private:
  text::NameFilter metrics_, tags_;
  std::size_t most_ = 0;  // 0: any number
  bool tells_agents_ = false;
  std::unordered_set<std::string> known_;
  std::vector<std::string> warnings_;
};

/// The tags of samples whose own are beyond the cap.
[[nodiscard]] inline metrics::TagPairs OtherTags() { return {{"other", "true"}}; }

}  // namespace loadctl::output
