#include "common/metrics/delta.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace loadctl::metrics {
namespace {

using Random = std::mt19937_64;

SeriesDelta Series(std::string metric, Sink sink, std::string suffix = "") {
  return {std::move(metric), std::move(suffix), ValueType::kDefault, std::move(sink)};
}

TrendSink Trend(const std::vector<double>& values) {
  TrendSink sink;
  for (const double value : values) sink.Add(value);
  return sink;
}

Delta RoundTrip(const Delta& delta) {
  const auto decoded = DecodeDelta(EncodeDelta(delta));
  EXPECT_TRUE(decoded) << decoded.error().message;
  return decoded.value_or(Delta{});
}

double AnyValue(Random& random) {
  switch (random() % 5) {
    case 0:
      return static_cast<double>(random() % 1000);
    case 1:
      return static_cast<double>(random() % 10'000'000'000) / 1e6;
    case 2:
      return -std::ldexp(1.3, static_cast<int>(random() % 2000) - 1000);
    case 3:
      return random() % 50 == 0 ? std::numeric_limits<double>::infinity() : 0;
    default: {
      const auto value = std::bit_cast<double>(random());
      return std::isnan(value) ? 1 : value;
    }
  }
}

Delta AnyDelta(Random& random) {
  Delta delta;
  delta.agent = 1 + static_cast<int>(random() % 9);
  delta.epoch = random();
  delta.sequence = random() % 1000;
  delta.first_interval = static_cast<std::int64_t>(random() % 100);
  delta.interval = delta.first_interval + static_cast<std::int64_t>(random() % 3);
  delta.final = random() % 2 == 0;
  for (auto n = random() % 8; n > 0; --n) {
    Sink sink = MakeSink(static_cast<MetricType>(random() % 4));
    const auto samples = random() % (random() % 3 == 0 ? 3000 : 20);
    const bool simple = random() % 2 == 0;  // so that all forms of trends occur
    for (std::uint64_t i = 0; i < samples; ++i) {
      const double value =
          simple ? static_cast<double>(random() % 1'000'000) / 1e6 : AnyValue(random);
      if (std::isinf(value) && std::holds_alternative<CounterSink>(sink)) continue;
      Add(sink, value, {static_cast<std::int64_t>(random()), static_cast<std::uint32_t>(i)});
    }
    delta.series.push_back(Series("metric" + std::to_string(n), sink, n % 2 ? "a:b" : ""));
    delta.series.back().contains = static_cast<ValueType>(random() % 3);
  }
  for (auto n = random() % 4; n > 0; --n) {
    delta.checks.push_back({"::g", "check " + std::to_string(n),
                            static_cast<std::int64_t>(random() % 1000),
                            static_cast<std::int64_t>(random() % 1000), random()});
  }
  for (auto n = random() % 4; n > 0; --n) delta.groups.push_back(std::string(n, 'g'));
  return delta;
}

TEST(Delta, EncodeThenDecodeIsIdentity) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int i = 0; i < 500; ++i) {
    const Delta delta = AnyDelta(random);
    ASSERT_EQ(RoundTrip(delta), delta) << i;
  }
}

TEST(Delta, SmallTrendsTravelInFewBytes) {
  std::vector<double> times;
  for (int i = 0; i < 1000; ++i) times.push_back((100'000'000 + 1237 * i) / 1e6);
  Delta delta;
  delta.series.push_back(Series("m", Trend(times)));
  EXPECT_LT(EncodeDelta(delta).size(), 4100u);
  EXPECT_EQ(RoundTrip(delta), delta);
}

TEST(Delta, LargeTrendsTravelAsBuckets) {
  std::vector<double> times;
  for (int i = 0; i < 100'000; ++i) times.push_back(100 + i % 1000 / 10.0);
  Delta delta;
  delta.series.push_back(Series("m", Trend(times)));
  EXPECT_LT(EncodeDelta(delta).size(), 3000u);
  EXPECT_EQ(RoundTrip(delta), delta);
}

TEST(Delta, CutBytesAreRefused) {
  Random random(1);
  const std::string bytes = EncodeDelta(AnyDelta(random));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeDelta(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeDelta(bytes + "x"));
}

TEST(Delta, ChangedBytesDoNoHarm) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = EncodeDelta(AnyDelta(random));
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto decoded = DecodeDelta(bytes);
    ASSERT_TRUE(!decoded || !EncodeDelta(*decoded).empty());
  }
}

TEST(Delta, WideTrendsTravelToo) {
  TrendSink wide;
  for (int power = -1000; power < 1000; ++power) wide.Add(std::ldexp(power % 3 - 1.0, power));
  Delta delta;
  delta.series.push_back(Series("m", wide));
  const Delta decoded = RoundTrip(delta);
  EXPECT_EQ(decoded, delta);
  auto& there = std::get<TrendSink>(delta.series[0].sink);
  auto here = std::get<TrendSink>(decoded.series[0].sink);
  for (const double percent : {0, 10, 33, 34, 50, 66, 67, 90, 100}) {
    EXPECT_EQ(here.Percentile(percent), there.Percentile(percent));
  }
  for (TrendSink* sink : {&here, &there}) {  // what was decoded takes more
    sink->Merge(wide);
    sink->Add(3);
  }
  EXPECT_EQ(here, there);
}

// A histogram whose ends or sum are not those of its values would give percentiles outside them.
TEST(Delta, RefusesHistogramsThatContradictThemselves) {
  TrendSink trend;
  for (int i = 1; i <= 2000; ++i) trend.Add(i);
  trend.Add(0);
  trend.Add(-3);
  const auto refused = [&](double min, double max, double more) {
    ExactSum sum = trend.exact_sum();
    sum.Add(more);
    Delta delta;
    delta.series.push_back(Series("m", *TrendSink::Of(trend.histogram(), min, max, sum)));
    return !DecodeDelta(EncodeDelta(delta));
  };
  EXPECT_FALSE(refused(-3, 2000, 0));
  EXPECT_FALSE(refused(-3, 2000, 1));  // who could tell
  EXPECT_TRUE(refused(0, 2000, 0));
  EXPECT_TRUE(refused(-30, 2000, 0));
  EXPECT_TRUE(refused(-3, 2100, 0));
  EXPECT_TRUE(refused(-3, 0, 0));
  EXPECT_TRUE(refused(-3, std::numeric_limits<double>::infinity(), 0));
  EXPECT_TRUE(refused(-3, 2000, 1e9));
  EXPECT_TRUE(refused(-3, 2000, -1e9));
  EXPECT_TRUE(refused(-3, 2000, std::numeric_limits<double>::infinity()));
}

TEST(Delta, SeriesThatBothSidesKnowTravelByTheirNumber) {
  MetricSet known;
  (void)*known.Keep(*ParseSelector("http_req_duration{status:200}"));
  Delta delta;
  delta.sequence = 1;
  const SeriesDelta duration{"http_req_duration", "", ValueType::kTime, Trend({1, 2.5})};
  SeriesDelta sub = duration, other = duration;
  sub.suffix = "status:200";
  other.suffix = "status:404";  // that nobody keeps
  delta.series = {duration, sub, other, Series("late_one", CounterSink::Of(3))};
  const std::string bytes = EncodeDelta(delta, &known);
  EXPECT_EQ(bytes.find("http_req_duration"), bytes.rfind("http_req_duration"));  // once: the other
  EXPECT_NE(bytes.find("late_one"), std::string::npos);
  const auto decoded = DecodeDelta(bytes, &known);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, delta);
  // Who has told of more since knows it still.
  (void)*known.Declare("more", MetricType::kGauge, ValueType::kDefault);
  EXPECT_EQ(DecodeDelta(bytes, &known).value_or(Delta{}), delta);
  EXPECT_FALSE(DecodeDelta(bytes));  // who knows none
}

TEST(Delta, WhatIsOtherwiseThanItsNameSaysHasNoNumber) {
  const MetricSet known;
  Delta delta;
  SeriesDelta rate = Series("iterations", *RateSink::Of(1, 2));  // a counter, as all know
  SeriesDelta time = Series("http_reqs", CounterSink::Of(3));
  time.contains = ValueType::kTime;
  delta.series = {rate, time};
  EXPECT_EQ(DecodeDelta(EncodeDelta(delta, &known), &known).value_or(Delta{}), delta);
}

TEST(Delta, ANumberStandsForNoOtherTypeOrContents) {
  const MetricSet known;
  Delta delta;
  delta.series = {{"vus", "", ValueType::kDefault, *GaugeSink::Of(1, 1, 1, {})}};
  std::string bytes = EncodeDelta(delta, &known);
  ASSERT_TRUE(DecodeDelta(bytes, &known));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string wrong = bytes;
    wrong[i] = static_cast<char>(wrong[i] ^ 4);
    const auto read = DecodeDelta(wrong, &known);
    if (!read || i < 1) continue;
    for (const SeriesDelta& one : read->series) {
      const auto found = known.Find(one.metric);
      if (!found) continue;
      EXPECT_EQ(known.metric(*found).type, one.type()) << i;
      EXPECT_EQ(known.metric(*found).contains, one.contains) << i;
    }
  }
}

}  // namespace
}  // namespace loadctl::metrics
