#include "common/metrics/sink.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/check.h"

namespace loadctl::metrics {

bool CounterSink::Add(double value) {
  if (std::isnan(value)) return false;
  sum_ += value;
  empty_ = false;
  return true;
}

void CounterSink::Merge(const CounterSink& other) {
  if (other.empty_) return;
  sum_ += other.sum_;
  empty_ = false;
}

CounterSink CounterSink::Of(double sum) {
  CounterSink sink;
  sink.sum_ = sum;
  sink.empty_ = false;
  return sink;
}

bool GaugeSink::Add(double value, Stamp stamp) {
  if (std::isnan(value)) return false;
  min_ = empty_ ? value : std::min(min_, value);
  max_ = empty_ ? value : std::max(max_, value);
  if (empty_ || stamp >= stamp_) {
    value_ = value;
    stamp_ = stamp;
  }
  empty_ = false;
  return true;
}

void GaugeSink::Merge(const GaugeSink& other) {
  if (other.empty_) return;
  if (empty_) {
    *this = other;
    return;
  }
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  const bool later = other.stamp_ > stamp_;
  if (later || (other.stamp_ == stamp_ && other.value_ > value_)) {
    value_ = other.value_;
    stamp_ = other.stamp_;
  }
}

std::optional<GaugeSink> GaugeSink::Of(double value, double min, double max, Stamp stamp) {
  if (!(min <= value && value <= max)) return std::nullopt;
  GaugeSink sink;
  sink.value_ = value;
  sink.min_ = min;
  sink.max_ = max;
  sink.stamp_ = stamp;
  sink.empty_ = false;
  return sink;
}

bool RateSink::Add(double value) {
  if (std::isnan(value)) return false;
  ++total_;
  if (value != 0) ++nonzero_;
  return true;
}

void RateSink::Merge(const RateSink& other) {
  nonzero_ += other.nonzero_;
  total_ += other.total_;
}

double RateSink::rate() const {
  return total_ == 0 ? 0 : static_cast<double>(nonzero_) / static_cast<double>(total_);
}

std::optional<RateSink> RateSink::Of(std::int64_t nonzero, std::int64_t total) {
  if (nonzero < 0 || nonzero > total) return std::nullopt;
  RateSink sink;
  sink.nonzero_ = nonzero;
  sink.total_ = total;
  return sink;
}

bool TrendSink::Add(double value) {
  if (std::isnan(value)) return false;
  value += 0.0;  // -0 becomes 0, so that equal multisets are equal in every bit
  if (exact_) {
    if (values_.size() < kMaxExact) {
      values_.push_back(value);
      return true;
    }
    Coarsen();
  }
  Count(value);
  return true;
}

void TrendSink::Count(double value) {
  min_ = histogram_.count() == 0 ? value : std::min(min_, value);
  max_ = histogram_.count() == 0 ? value : std::max(max_, value);
  histogram_.Add(value);
  sum_.Add(value);
}

void TrendSink::Merge(const TrendSink& other) {
  if (exact_ && other.exact_ && count() + other.count() <= kMaxExact) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    return;
  }
  if (exact_) Coarsen();
  if (other.exact_) {
    for (const double value : other.values_) Count(value);
    return;
  }
  const bool first = histogram_.count() == 0;
  min_ = first ? other.min_ : std::min(min_, other.min_);
  max_ = first ? other.max_ : std::max(max_, other.max_);
  histogram_.Merge(other.histogram_);
  sum_.Merge(other.sum_);
}

void TrendSink::Clear() {
  values_.clear();
  if (exact_) return;
  exact_ = true;
  min_ = max_ = 0;
  histogram_.Clear();
  sum_.Clear();
}

void TrendSink::Coarsen() {
  exact_ = false;
  for (const double value : values_) Count(value);
  values_.clear();
}

double TrendSink::min() const {
  if (!exact_) return min_;
  return values_.empty() ? 0 : *std::min_element(values_.begin(), values_.end());
}

double TrendSink::max() const {
  if (!exact_) return max_;
  return values_.empty() ? 0 : *std::max_element(values_.begin(), values_.end());
}

ExactSum TrendSink::exact_sum() const {
  ExactSum sum = sum_;
  for (const double value : values_) sum.Add(value);
  return sum;
}

double TrendSink::avg() const { return empty() ? 0 : sum() / static_cast<double>(count()); }

double TrendSink::HistogramAtRank(std::uint64_t rank) const {
  if (rank == 0) return min_;
  if (rank + 1 >= histogram_.count()) return max_;
  return std::clamp(histogram_.AtRank(rank), min_, max_);
}

double TrendSink::Percentile(double percent) const {
  const std::uint64_t size = count();
  if (size == 0) return 0;
  if (size == 1) return min();
  const double fraction = std::isnan(percent) ? 0 : std::clamp(percent / 100, 0.0, 1.0);
  const double position = fraction * (static_cast<double>(size) - 1.0);
  const auto lower = static_cast<std::uint64_t>(std::floor(position));
  const auto upper = static_cast<std::uint64_t>(std::ceil(position));
  const double part = position - std::floor(position);
  double low, high;
  if (exact_) {
    std::array<double, kMaxExact> sorted;
    const auto end = std::copy(values_.begin(), values_.end(), sorted.begin());
    std::nth_element(sorted.begin(), sorted.begin() + lower, end);
    low = sorted[lower];
    high = upper == lower ? low : *std::min_element(sorted.begin() + upper, end);
  } else {
    low = HistogramAtRank(lower);
    high = upper == lower ? low : HistogramAtRank(upper);
  }
  return low + (high - low) * part;
}

std::optional<TrendSink> TrendSink::Of(Histogram histogram, double min, double max,
                                       const ExactSum& sum) {
  if (!(min <= max) || histogram.count() == 0) return std::nullopt;
  TrendSink sink;
  sink.exact_ = false;
  sink.min_ = min;
  sink.max_ = max;
  sink.histogram_ = std::move(histogram);
  sink.sum_ = sum;
  return sink;
}

bool TrendSink::operator==(const TrendSink& other) const {
  if (exact_ != other.exact_ || count() != other.count()) return false;
  if (!exact_) {
    return min_ == other.min_ && max_ == other.max_ && sum_ == other.sum_ &&
           histogram_ == other.histogram_;
  }
  std::vector<double> mine = values_, theirs = other.values_;
  std::sort(mine.begin(), mine.end());
  std::sort(theirs.begin(), theirs.end());
  return mine == theirs;
}

Sink MakeSink(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return CounterSink();
    case MetricType::kGauge:
      return GaugeSink();
    case MetricType::kRate:
      return RateSink();
    case MetricType::kTrend:
      return TrendSink();
  }
  CheckFailed(__FILE__, __LINE__, "type", "not a metric type");
}

MetricType TypeOf(const Sink& sink) {
  static_assert(std::variant_size_v<Sink> == static_cast<int>(MetricType::kTrend) + 1);
  return static_cast<MetricType>(sink.index());
}

bool Add(Sink& sink, double value, GaugeSink::Stamp stamp) {
  if (auto* trend = std::get_if<TrendSink>(&sink)) return trend->Add(value);
  if (auto* counter = std::get_if<CounterSink>(&sink)) return counter->Add(value);
  if (auto* rate = std::get_if<RateSink>(&sink)) return rate->Add(value);
  return std::get<GaugeSink>(sink).Add(value, stamp);
}

void Merge(Sink& into, const Sink& from) {
  LOADCTL_CHECK(into.index() == from.index(), "sinks of different types do not merge");
  std::visit([&](auto& sink) { sink.Merge(std::get<std::decay_t<decltype(sink)>>(from)); }, into);
}

void Clear(Sink& sink) {
  std::visit([](auto& one) { one.Clear(); }, sink);
}

bool IsEmpty(const Sink& sink) {
  return std::visit([](const auto& one) { return one.empty(); }, sink);
}

}  // namespace loadctl::metrics
