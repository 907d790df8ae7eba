// What a series adds up to: one sink for each of k6's metric types, foldable and mergeable.
// Not for which samples belong to a series (registry.h) nor how sinks travel (delta.h).
// A sink belongs to one thread at a time; nothing here locks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "common/metrics/exact_sum.h"
#include "common/metrics/histogram.h"
#include "common/metrics/metric.h"

namespace loadctl::metrics {

// Common to all sinks. Add() folds one sample: it returns false, changing nothing, for NaN; takes
// no lock and, once a second as busy and as wide in its values has been seen, allocates nothing
// (sink_bench prints its cost). Merge() gives what folding both sides' samples into one sink would
// have given, in any order and grouping. Clear() makes the sink as new but keeps its memory.

/// Sum of the samples. Exact while all are integers below 2^53; with fractions, sums of different
/// orders may differ in their last bits, as in k6.
class CounterSink {
 public:
  bool Add(double value);
  void Merge(const CounterSink& other);
  void Clear() { *this = {}; }

  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] double sum() const { return sum_; }
  bool operator==(const CounterSink&) const = default;

  /// A sink with this sum that is not empty.
  [[nodiscard]] static CounterSink Of(double sum);

 private:
  double sum_ = 0;
  bool empty_ = true;
};

/// The last sample by time, the smallest and the largest.
class GaugeSink {
 public:
  /// Which of two samples is the later: by time, then by origin.
  struct Stamp {
    std::int64_t time = 0;     ///< nanoseconds; one time base for all that is ever merged
    std::uint32_t origin = 0;  ///< worker inside an agent, agent inside the controller
    auto operator<=>(const Stamp&) const = default;
  };

  /// A sample not older than the last becomes the last.
  bool Add(double value, Stamp stamp);
  /// The later stamp's value wins; if the stamps are equal, the larger value.
  void Merge(const GaugeSink& other);
  void Clear() { *this = {}; }

  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] double value() const { return value_; }  ///< 0 if empty, as min() and max()
  [[nodiscard]] double min() const { return min_; }
  [[nodiscard]] double max() const { return max_; }
  [[nodiscard]] Stamp stamp() const { return stamp_; }
  void set_origin(std::uint32_t origin) { stamp_.origin = origin; }
  bool operator==(const GaugeSink&) const = default;

  /// A sink with this state; nullopt if a value is NaN or not min <= value <= max.
  [[nodiscard]] static std::optional<GaugeSink> Of(double value, double min, double max,
                                                   Stamp stamp);

 private:
  double value_ = 0, min_ = 0, max_ = 0;
  Stamp stamp_;
  bool empty_ = true;
};

/// How many samples were not zero, of how many.
class RateSink {
 public:
  bool Add(double value);
  void Merge(const RateSink& other);
  void Clear() { *this = {}; }

  [[nodiscard]] bool empty() const { return total_ == 0; }
  [[nodiscard]] std::int64_t nonzero() const { return nonzero_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] double rate() const;  ///< nonzero / total, 0 if empty
  bool operator==(const RateSink&) const = default;

  /// A sink with these counts; nullopt unless 0 <= nonzero <= total.
  [[nodiscard]] static std::optional<RateSink> Of(std::int64_t nonzero, std::int64_t total);

 private:
  std::int64_t nonzero_ = 0;
  std::int64_t total_ = 0;
};

/// The distribution of the samples: exact up to kMaxExact of them, a Histogram beyond.
///
/// Count, minimum, maximum and sum are always exact; the sum is so for times as for other values
/// (ExactSum: order-independent to the last bit, finer than whole nanoseconds, rounded once).
class TrendSink {
 public:
  static constexpr std::size_t kMaxExact = 1024;

  bool Add(double value);
  void Merge(const TrendSink& other);
  void Clear();
  /// Makes room for so many samples, up to kMaxExact, ahead of time.
  void Reserve(std::size_t samples) { values_.reserve(std::min(samples, kMaxExact)); }

  [[nodiscard]] bool empty() const { return count() == 0; }
  [[nodiscard]] std::uint64_t count() const { return exact_ ? values_.size() : histogram_.count(); }
  [[nodiscard]] double min() const;  ///< 0 if empty, as max(), sum() and avg(); O(values())
  [[nodiscard]] double max() const;
  [[nodiscard]] double sum() const { return exact_sum().Value(); }
  [[nodiscard]] double avg() const;

  /// k6's percentile, `percent` in 0..100 (clamped): with n samples and i = percent/100 * (n-1),
  /// the values of the ranks floor(i) and ceil(i), interpolated. 0 if empty.
  ///
  /// Exact while exact(); beyond that within 0.1 % of the exact result and inside [min(), max()]:
  /// each rank's value is, and those on either side of zero are exact. (Below 2^-1022 no relative
  /// bound holds.) Some microseconds; allocates nothing.
  [[nodiscard]] double Percentile(double percent) const;

  /// True while all samples are kept as they came: values() has them, histogram() is empty.
  [[nodiscard]] bool exact() const { return exact_; }
  [[nodiscard]] std::span<const double> values() const { return values_; }
  [[nodiscard]] const Histogram& histogram() const { return histogram_; }
  [[nodiscard]] ExactSum exact_sum() const;

  /// A sink that is not exact(), from its parts; nullopt unless min <= max and the histogram holds
  /// at least one value.
  [[nodiscard]] static std::optional<TrendSink> Of(Histogram histogram, double min, double max,
                                                   const ExactSum& sum);

  /// Equal as multisets of samples, as far as either knows them.
  [[nodiscard]] bool operator==(const TrendSink& other) const;

 private:
  void Count(double value);  // into what is kept beside values_
  void Coarsen();            // stops keeping values_
  [[nodiscard]] double HistogramAtRank(std::uint64_t rank) const;

  bool exact_ = true;
  std::vector<double> values_;  // all samples, while exact_
  // The rest is empty while exact_: what it would say is in values_.
  double min_ = 0, max_ = 0;
  Histogram histogram_;
  ExactSum sum_;
};

/// In the order of MetricType, so that index() is the type.
using Sink = std::variant<CounterSink, GaugeSink, RateSink, TrendSink>;

[[nodiscard]] Sink MakeSink(MetricType type);
[[nodiscard]] MetricType TypeOf(const Sink& sink);
/// Folds one sample; the stamp matters to gauges only. False for NaN.
bool Add(Sink& sink, double value, GaugeSink::Stamp stamp);
/// Both must have the same type (checked).
void Merge(Sink& into, const Sink& from);
/// Forgets what was folded; memory is kept.
void Clear(Sink& sink);
[[nodiscard]] bool IsEmpty(const Sink& sink);

}  // namespace loadctl::metrics
