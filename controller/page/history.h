// What a run measured over time, for charts: bounded, whatever its length and number of series.
// Not for totals (controller/aggregate). One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/sink.h"
#include "common/text/json_writer.h"

namespace loadctl::page {

/// Points of equal width, at first a second. When there are kMostPoints of them, neighbours become
/// one: rates and averages are those of both, and of percentiles and maxima the larger stays, so
/// that no peak is lost. Within a point that is being measured they are exact.
class History final {
 public:
  static constexpr std::size_t kMostPoints = 1200;  ///< even
  static constexpr std::size_t kMostSeries = 200;   ///< those that come first; others are counted

  /// Takes a second of the whole run; none may be older than the last.
  void Add(const metrics::Delta& second);

  /// Seconds of a point.
  [[nodiscard]] std::int64_t width() const { return width_; }
  /// Points so far, the one in the making included.
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(newest_ + 1); }
  /// Numbers of a point, over all series.
  [[nodiscard]] std::size_t columns() const;
  /// Series that there was no room for.
  [[nodiscard]] std::size_t left_out() const { return left_out_.size(); }

  /// `{width, count, first, series: {NAME: {type, contains, columns: {STAT: [...]}}}}` of the
  /// points from `first` on, at most `most` of them (neighbours become one). Where nothing was
  /// measured a value is null; values have 5 digits.
  void Write(std::size_t first, std::size_t most, text::JsonWriter& out) const;

 private:
  /// A column's values, NaN where there is none.
  struct Column {
    std::string stat;
    std::vector<float> values;
  };
  struct Series {
    metrics::ValueType contains = metrics::ValueType::kDefault;
    metrics::Sink open;          // of the newest point
    std::vector<float> weights;  // samples of each point
    std::vector<Column> columns;
  };

  void Reach(std::int64_t point);
  void Halve();
  void Measure(Series& series) const;
  [[nodiscard]] static Series Merged(const Series& series, std::size_t first, std::size_t group);

  std::int64_t width_ = 1;
  std::int64_t newest_ = -1;
  std::map<std::string, Series, std::less<>> series_;  // by name, with the tags
  std::map<std::string, bool, std::less<>> left_out_;
};

}  // namespace loadctl::page
