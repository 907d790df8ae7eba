#include "common/metrics/delta.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "common/metrics/bytes.h"

namespace loadctl::metrics {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kEmpty = 16, kNumbered = 32;  // beside type and contents of a series
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 62;
constexpr double kMaxInteger = 9007199254740992.0;  // 2^53
constexpr double kNanosecondsPerMillisecond = 1e6;

// How a trend's samples travel.
enum class TrendForm : std::uint8_t { kDoubles, kIntegers, kNanoseconds, kHistogram };

bool IsInteger(double value) {
  return std::trunc(value) == value && std::abs(value) < kMaxInteger &&
         !(value == 0 && std::signbit(value));
}

// The whole nanoseconds that this many milliseconds are; only meaningful if it converts back.
double ToNanoseconds(double milliseconds) {
  return std::nearbyint(milliseconds * kNanosecondsPerMillisecond);
}

bool IsNanoseconds(double value) {
  const double nanoseconds = ToNanoseconds(value);
  return IsInteger(nanoseconds) && nanoseconds / kNanosecondsPerMillisecond == value;
}

TrendForm FormOf(const TrendSink& trend) {
  if (!trend.exact()) return TrendForm::kHistogram;
  const auto values = trend.values();
  if (std::all_of(values.begin(), values.end(), IsInteger)) return TrendForm::kIntegers;
  if (std::all_of(values.begin(), values.end(), IsNanoseconds)) return TrendForm::kNanoseconds;
  return TrendForm::kDoubles;
}

void WriteSum(ByteWriter& out, const ExactSum& sum) {
  const ExactSum::Digits digits = sum.ToDigits();
  out.Byte(static_cast<std::uint8_t>((digits.negative ? 1 : 0) | (digits.plus_infinity ? 2 : 0) |
                                     (digits.minus_infinity ? 4 : 0)));
  out.Unsigned(digits.first);
  out.Unsigned(digits.digits.size());
  for (const std::uint32_t digit : digits.digits) out.Unsigned(digit);
}

void WriteSide(ByteWriter& out, const Histogram& histogram, Histogram::Sign sign) {
  std::size_t buckets = 0;
  histogram.ForEach(sign, [&](std::uint32_t, std::uint64_t) { ++buckets; });
  out.Unsigned(buckets);
  if (buckets == 0) return;
  out.Double(histogram.Nearest(sign));
  std::uint32_t next = 0;
  histogram.ForEach(sign, [&](std::uint32_t bucket, std::uint64_t count) {
    out.Unsigned(bucket - next);
    out.Unsigned(count);
    next = bucket + 1;
  });
}

void WriteTrend(ByteWriter& out, const TrendSink& trend) {
  const TrendForm form = FormOf(trend);
  out.Byte(static_cast<std::uint8_t>(form));
  if (form == TrendForm::kHistogram) {
    out.Double(trend.min());
    out.Double(trend.max());
    WriteSum(out, trend.exact_sum());
    WriteSide(out, trend.histogram(), Histogram::Sign::kNegative);
    WriteSide(out, trend.histogram(), Histogram::Sign::kPositive);
    out.Unsigned(trend.histogram().zeros());
    return;
  }
  out.Unsigned(trend.values().size());
  for (const double value : trend.values()) {
    if (form == TrendForm::kDoubles) {
      out.Double(value);
    } else {
      out.Signed(
          static_cast<std::int64_t>(form == TrendForm::kIntegers ? value : ToNanoseconds(value)));
    }
  }
}

void WriteSink(ByteWriter& out, const CounterSink& sink) { out.Double(sink.sum()); }
void WriteSink(ByteWriter& out, const RateSink& sink) {
  out.Unsigned(static_cast<std::uint64_t>(sink.nonzero()));
  out.Unsigned(static_cast<std::uint64_t>(sink.total()));
}
void WriteSink(ByteWriter& out, const GaugeSink& sink) {
  out.Double(sink.value());
  out.Double(sink.min());
  out.Double(sink.max());
  out.Signed(sink.stamp().time);
  out.Unsigned(sink.stamp().origin);
}
void WriteSink(ByteWriter& out, const TrendSink& sink) { WriteTrend(out, sink); }

// A name that stands for something else in the set has no number there: it travels whole.
std::optional<SeriesId> NumberOf(const SeriesDelta& series, const MetricSet* known) {
  if (known == nullptr) return std::nullopt;
  const auto number = known->FindSeries(series.metric, series.suffix);
  if (!number) return std::nullopt;
  const Metric& metric = known->metric(known->series()[Index(*number)].metric);
  const bool same = metric.type == series.type() && metric.contains == series.contains;
  return same ? number : std::nullopt;
}

// Type in bits 0 and 1, contents in 2 and 3, kEmpty, kNumbered.
void WriteSeries(ByteWriter& out, const SeriesDelta& series, const MetricSet* known) {
  const bool empty = IsEmpty(series.sink);
  const auto number = NumberOf(series, known);
  out.Byte(static_cast<std::uint8_t>(static_cast<int>(series.type()) |
                                     static_cast<int>(series.contains) << 2 | (empty ? kEmpty : 0) |
                                     (number ? kNumbered : 0)));
  if (number) {
    out.Unsigned(Index(*number));
  } else {
    out.String(series.metric);
    out.String(series.suffix);
  }
  if (!empty) std::visit([&](const auto& sink) { WriteSink(out, sink); }, series.sink);
}

class Decoder {
 public:
  Decoder(std::string_view bytes, const MetricSet* known) : in_(bytes), known_(known) {}

  Result<Delta> Decode();

 private:
  SeriesDelta ReadSeries();
  void ReadNumber(SeriesDelta& series, MetricType type);
  CheckDelta ReadCheck();
  Sink ReadSink(MetricType type);
  CounterSink ReadCounter();
  GaugeSink ReadGauge();
  RateSink ReadRate();
  TrendSink ReadTrend();
  TrendSink ReadValues(TrendForm form);
  TrendSink ReadHistogram();
  ExactSum ReadSum();
  void ReadSide(Histogram& histogram, Histogram::Sign sign);

  // The value, or nothing and a broken input.
  template <typename T>
  T Need(std::optional<T> value) {
    if (!value) in_.Break();
    return value ? std::move(*value) : T();
  }

  ByteReader in_;
  const MetricSet* known_;
};

CounterSink Decoder::ReadCounter() {
  const double sum = in_.Double();  // NaN if both infinities were counted
  return CounterSink::Of(sum);
}

GaugeSink Decoder::ReadGauge() {
  const double value = in_.Double(), min = in_.Double(), max = in_.Double();
  const std::int64_t time = in_.Signed();
  const std::uint64_t origin = in_.Unsigned();
  if (origin > UINT32_MAX) in_.Break();
  return Need(GaugeSink::Of(value, min, max, {time, static_cast<std::uint32_t>(origin)}));
}

RateSink Decoder::ReadRate() {
  const std::uint64_t nonzero = in_.Unsigned(), total = in_.Unsigned();
  if (total > kMaxCount || total == 0 || nonzero > total) in_.Break();
  if (!in_.ok()) return {};
  return Need(RateSink::Of(static_cast<std::int64_t>(nonzero), static_cast<std::int64_t>(total)));
}

ExactSum Decoder::ReadSum() {
  ExactSum sum;
  ExactSum::Digits digits;
  const std::uint8_t flags = in_.Byte();
  digits.negative = (flags & 1) != 0;
  digits.plus_infinity = (flags & 2) != 0;
  digits.minus_infinity = (flags & 4) != 0;
  const std::uint64_t first = in_.Unsigned();
  if (flags > 7 || first > UINT32_MAX) in_.Break();
  digits.first = static_cast<std::uint32_t>(first);
  digits.digits.resize(std::min<std::size_t>(in_.Count(), 1024));
  for (std::uint32_t& digit : digits.digits) {
    const std::uint64_t value = in_.Unsigned();
    if (value > UINT32_MAX) in_.Break();
    digit = static_cast<std::uint32_t>(value);
  }
  if (!sum.FromDigits(digits)) in_.Break();
  return sum;
}

void Decoder::ReadSide(Histogram& histogram, Histogram::Sign sign) {
  const std::size_t size = in_.Count();
  if (size == 0) return;
  const double nearest = in_.Double();  // the first bucket's smallest value
  std::vector<Histogram::Bucket> buckets(size);
  std::uint64_t next = 0, total = histogram.count();
  for (Histogram::Bucket& bucket : buckets) {
    const std::uint64_t gap = in_.Unsigned();
    bucket.count = in_.Unsigned();
    if (gap >= Histogram::kBuckets - next || bucket.count == 0 ||
        bucket.count > kMaxCount - total) {
      return in_.Break();
    }
    bucket.index = static_cast<std::uint32_t>(next + gap);
    next = bucket.index + 1;
    total += bucket.count;
  }
  const bool fits = nearest > 0 && Histogram::BucketOf(nearest) == buckets.front().index;
  if (!in_.ok() || !fits) return in_.Break();
  histogram.SetBuckets(sign, std::move(buckets), nearest);
}

// Whether these are the smallest and the largest of the values that the histogram counts.
bool AreEnds(const Histogram& histogram, double min, double max) {
  using Sign = Histogram::Sign;
  const auto last = [&](Sign sign) {  // the largest magnitude's bucket; nothing if there is none
    std::optional<std::uint32_t> bucket;
    histogram.ForEach(sign, [&](std::uint32_t index, std::uint64_t) { bucket = index; });
    return bucket;
  };
  const auto negative = last(Sign::kNegative), positive = last(Sign::kPositive);
  const bool low = negative                ? min < 0 && Histogram::BucketOf(min) == *negative
                   : histogram.zeros() > 0 ? min == 0
                                           : min == histogram.Nearest(Sign::kPositive);
  const bool high = positive                ? max > 0 && Histogram::BucketOf(max) == *positive
                    : histogram.zeros() > 0 ? max == 0
                                            : max == -histogram.Nearest(Sign::kNegative);
  return low && high;
}

// Whether so many values between these can have this sum; it was rounded once.
bool CanBeSum(double sum, std::uint64_t count, double min, double max) {
  if (std::isinf(min) || std::isinf(max)) {
    const bool below = min == -HUGE_VAL, above = max == HUGE_VAL;
    return below && above ? std::isnan(sum) : sum == (above ? HUGE_VAL : -HUGE_VAL);
  }
  const long double low = static_cast<long double>(min) * static_cast<long double>(count);
  const long double high = static_cast<long double>(max) * static_cast<long double>(count);
  const long double error = (std::fabs(low) + std::fabs(high)) * 0x1p-50L;
  constexpr long double kLargest = std::numeric_limits<double>::max();
  if (std::isinf(sum)) return sum > 0 ? high + error > kLargest : low - error < -kLargest;
  return low - error <= sum && sum <= high + error;
}

TrendSink Decoder::ReadHistogram() {
  const double min = in_.Double(), max = in_.Double();
  const ExactSum sum = ReadSum();
  Histogram histogram;
  ReadSide(histogram, Histogram::Sign::kNegative);
  ReadSide(histogram, Histogram::Sign::kPositive);
  const std::uint64_t zeros = in_.Unsigned();
  if (zeros > kMaxCount - histogram.count()) in_.Break();
  if (!in_.ok()) return {};
  histogram.AddZeros(zeros);
  if (!AreEnds(histogram, min, max) || !CanBeSum(sum.Value(), histogram.count(), min, max))
    in_.Break();
  if (!in_.ok()) return {};
  return Need(TrendSink::Of(std::move(histogram), min, max, sum));
}

TrendSink Decoder::ReadValues(TrendForm form) {
  TrendSink trend;
  const std::size_t count = in_.Count();
  if (count == 0 || count > TrendSink::kMaxExact) {
    in_.Break();
    return trend;
  }
  trend.Reserve(count);
  for (std::size_t i = 0; i < count && in_.ok(); ++i) {
    double value = 0;
    if (form == TrendForm::kDoubles) {
      value = in_.Double();
    } else {
      value = static_cast<double>(in_.Signed());
      if (form == TrendForm::kNanoseconds) value /= kNanosecondsPerMillisecond;
    }
    if (!trend.Add(value)) in_.Break();
  }
  return trend;
}

TrendSink Decoder::ReadTrend() {
  const auto form = static_cast<TrendForm>(in_.Byte());
  switch (form) {
    case TrendForm::kDoubles:
    case TrendForm::kIntegers:
    case TrendForm::kNanoseconds:
      return ReadValues(form);
    case TrendForm::kHistogram:
      return ReadHistogram();
  }
  in_.Break();
  return {};
}

Sink Decoder::ReadSink(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return ReadCounter();
    case MetricType::kGauge:
      return ReadGauge();
    case MetricType::kRate:
      return ReadRate();
    case MetricType::kTrend:
      return ReadTrend();
  }
  in_.Break();
  return {};
}

// What the head says of the series must be so in the set.
void Decoder::ReadNumber(SeriesDelta& series, MetricType type) {
  const std::uint64_t number = in_.Unsigned();
  if (known_ == nullptr || number >= known_->series().size()) return in_.Break();
  const auto& found = known_->series()[number];
  const Metric& metric = known_->metric(found.metric);
  if (metric.type != type || metric.contains != series.contains) return in_.Break();
  series.metric = metric.name;
  series.suffix = found.suffix;
}

SeriesDelta Decoder::ReadSeries() {
  const std::uint8_t head = in_.Byte();
  if (head >= 2 * kNumbered || (head >> 2 & 3) > static_cast<int>(ValueType::kData)) in_.Break();
  SeriesDelta series;
  series.contains = static_cast<ValueType>(head >> 2 & 3);
  const auto type = static_cast<MetricType>(head & 3);
  if ((head & kNumbered) != 0) {
    ReadNumber(series, type);
  } else {
    series.metric = in_.String();
    series.suffix = in_.String();
  }
  series.sink = (head & kEmpty) != 0 || !in_.ok() ? MakeSink(type) : ReadSink(type);
  return series;
}

CheckDelta Decoder::ReadCheck() {
  CheckDelta check;
  check.group = in_.String();
  check.name = in_.String();
  const std::uint64_t passes = in_.Unsigned(), fails = in_.Unsigned();
  if (passes > kMaxCount || fails > kMaxCount) in_.Break();
  check.passes = static_cast<std::int64_t>(passes);
  check.fails = static_cast<std::int64_t>(fails);
  check.first_seen = in_.Unsigned();
  return check;
}

Result<Delta> Decoder::Decode() {
  if (in_.Byte() != kFormat) return Fail("broken metrics delta: not format 1");
  Delta delta;
  const std::uint64_t agent = in_.Unsigned();
  if (agent > INT32_MAX) in_.Break();
  delta.agent = static_cast<int>(agent);
  delta.epoch = in_.Unsigned();
  delta.sequence = in_.Unsigned();
  delta.first_interval = in_.Signed();
  delta.interval = in_.Signed();
  const std::uint8_t final = in_.Byte();
  if (final > 1) in_.Break();
  delta.final = final == 1;
  for (std::size_t n = in_.Count(); n > 0 && in_.ok(); --n) delta.series.push_back(ReadSeries());
  for (std::size_t n = in_.Count(); n > 0 && in_.ok(); --n) delta.checks.push_back(ReadCheck());
  for (std::size_t n = in_.Count(); n > 0 && in_.ok(); --n) delta.groups.push_back(in_.String());
  if (!in_.ok()) return Fail("broken metrics delta: cut short, or a value out of its range");
  if (in_.left() != 0) return Fail("broken metrics delta: bytes after its end");
  return delta;
}

}  // namespace

std::string EncodeDelta(const Delta& delta, const MetricSet* known) {
  ByteWriter out;
  out.Byte(kFormat);
  out.Unsigned(static_cast<std::uint64_t>(delta.agent));
  out.Unsigned(delta.epoch);
  out.Unsigned(delta.sequence);
  out.Signed(delta.first_interval);
  out.Signed(delta.interval);
  out.Byte(delta.final ? 1 : 0);
  out.Unsigned(delta.series.size());
  for (const SeriesDelta& series : delta.series) WriteSeries(out, series, known);
  out.Unsigned(delta.checks.size());
  for (const CheckDelta& check : delta.checks) {
    out.String(check.group);
    out.String(check.name);
    out.Unsigned(static_cast<std::uint64_t>(check.passes));
    out.Unsigned(static_cast<std::uint64_t>(check.fails));
    out.Unsigned(check.first_seen);
  }
  out.Unsigned(delta.groups.size());
  for (const std::string& group : delta.groups) out.String(group);
  return out.Take();
}

Result<Delta> DecodeDelta(std::string_view bytes, const MetricSet* known) {
  return Decoder(bytes, known).Decode();
}

}  // namespace loadctl::metrics
