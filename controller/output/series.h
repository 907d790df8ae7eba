// Samples by series, for outputs that send sums instead of samples, and the cap on their number.
// Not for what a series adds up to. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controller/output/output.h"

namespace loadctl::output {

/// A metric with one set of tags.
struct SeriesKey {
  const MetricInfo* metric = nullptr;
  metrics::TagPairs tags;
};

/// Finds the state of a sample's series. Beyond `most` series the samples of new tag sets go to one
/// more series of their metric, tagged `other="true"`; that is warned of, once.
template <class State>
class SeriesTable final {
 public:
  struct Series {
    SeriesKey key;
    State state;
    bool other = false;  ///< of samples of several sets of tags
  };
  SeriesTable(std::string output, std::size_t most, Log log)
      : output_(std::move(output)), most_(most), log_(std::move(log)) {}

  [[nodiscard]] Series& Of(const Sample& sample) {
    const Id id{sample.metric->number, sample.tags->id};
    if (const auto found = by_id_.find(id); found != by_id_.end()) {
      if (found->second->other) ++shared_;
      return *found->second;
    }
    // Of many millions of sets it forgets where they belong, and finds it again by content.
    if (by_id_.size() >= 4 * most_) by_id_.clear();
    Series& series = ByContent(*sample.metric, sample.tags->pairs);
    by_id_.emplace(id, &series);
    if (series.other) ++shared_;
    return series;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Series>>& all() const { return all_; }
  /// Says how many samples had to share a series, if any: at the output's end.
  void TellShared() const {
    if (shared_ == 0) return;
    log_(Severity::kWarning,
         std::to_string(shared_) + " samples of the output '" + output_ +
             "' are in series tagged other=\"true\"",
         {});
  }

 private:
  struct Id {
    std::uint32_t metric;
    std::uint64_t tags;
    bool operator==(const Id&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Id& id) const {
      return std::hash<std::uint64_t>()(id.tags * 0x9e3779b97f4a7c15u + id.metric);
    }
  };
  Series& ByContent(const MetricInfo& metric, const metrics::TagPairs& tags) {
    if (const auto found = by_content_.find({metric.number, tags}); found != by_content_.end())
      return *found->second;
    const metrics::TagPairs other = {{"other", "true"}};
    if (all_.size() >= most_ && tags != other) {
      if (!std::exchange(overflowed_, true)) {
        log_(Severity::kWarning,
             "the output '" + output_ + "' has more than " + std::to_string(most_) +
                 " time series: further ones are sent as one of each metric, tagged other=\"true\"",
             {});
      }
      return ByContent(metric, other);
    }
    all_.push_back(std::make_unique<Series>(
        Series{{&metric, tags}, State(metric), overflowed_ && tags == other}));
    by_content_.emplace(std::pair(metric.number, tags), all_.back().get());
    return *all_.back();
  }

  const std::string output_;
  const std::size_t most_;
  const Log log_;
  std::vector<std::unique_ptr<Series>> all_;
  std::unordered_map<Id, Series*, Hash> by_id_;
  std::map<std::pair<std::uint32_t, metrics::TagPairs>, Series*> by_content_;
  bool overflowed_ = false;
  std::uint64_t shared_ = 0;
};

/// How many of `series`, pointers to series of which there is one at least, go into the next
/// request: `most`, or as many as have about `bytes` bytes of tags and values.
template <class Pointer>
std::size_t FirstPart(std::span<Pointer const> series, std::size_t most, std::size_t bytes) {
  constexpr std::size_t kValues = 400;  // a histogram's, the largest
  std::size_t count = 0;
  for (std::size_t size = 0; count < std::min(series.size(), most); ++count) {
    size += kValues;
    for (const auto& [tag, value] : series[count]->key.tags) size += tag.size() + value.size() + 16;
    if (size > bytes && count > 0) break;
  }
  return count;
}

/// Most series of an output.
inline constexpr std::size_t kMostSeries = 100'000;

}  // namespace loadctl::output
