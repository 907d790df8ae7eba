#include "common/metrics/sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace loadctl::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// k6's percentile, on all samples.
double Reference(std::vector<double>& sorted, double percent) {
  if (sorted.empty()) return 0;
  if (sorted.size() == 1) return sorted[0];
  const double i = percent / 100 * (static_cast<double>(sorted.size()) - 1.0);
  const double low = sorted[static_cast<std::size_t>(std::floor(i))];
  const double high = sorted[static_cast<std::size_t>(std::ceil(i))];
  return low + (high - low) * (i - std::floor(i));
}

using Random = std::mt19937_64;
struct Distribution {
  std::string name;
  std::function<double(Random&, std::size_t)> next;  // of the i-th sample
};

double Uniform(Random& random) { return std::uniform_real_distribution<>(0, 1)(random); }
double Normal(Random& random) { return std::normal_distribution<>()(random); }

std::vector<Distribution> Adversaries() {
  return {
      {"constant", [](Random&, std::size_t) { return 7.3; }},
      {"uniform", [](Random& r, std::size_t) { return Uniform(r); }},
      {"uniform wide", [](Random& r, std::size_t) { return 1e6 * Uniform(r); }},
      {"normal far from zero", [](Random& r, std::size_t) { return 1000 + Normal(r); }},
      {"log-normal", [](Random& r, std::size_t) { return std::exp(3 * Normal(r)); }},
      {"pareto, infinite mean", [](Random& r, std::size_t) { return 1 / (1e-12 + Uniform(r)); }},
      {"exponential",
       [](Random& r, std::size_t) { return std::exponential_distribution<>(0.01)(r); }},
      {"two peaks", [](Random& r, std::size_t) { return Uniform(r) < 0.5 ? 1 : 1000; }},
      {"rare outliers", [](Random& r, std::size_t) { return Uniform(r) < 0.999 ? 5 : 60'000; }},
      {"rising", [](Random&, std::size_t i) { return 0.001 * static_cast<double>(i); }},
      {"falling", [](Random&, std::size_t i) { return 1e9 - static_cast<double>(i); }},
      {"whole milliseconds", [](Random& r, std::size_t) { return std::floor(200 * Uniform(r)); }},
      {"nanoseconds", [](Random& r, std::size_t) { return std::floor(1e9 * Uniform(r)) / 1e6; }},
      {"powers of two",
       [](Random& r, std::size_t) { return std::ldexp(1, static_cast<int>(r() % 40) - 20); }},
      {"just below powers of two",
       [](Random& r, std::size_t) {
         return std::nextafter(std::ldexp(1, static_cast<int>(r() % 40) - 20), 0);
       }},
      {"bucket edges",
       [](Random& r, std::size_t) { return 1 + static_cast<double>(r() % 512) / 512; }},
      {"all magnitudes",
       [](Random& r, std::size_t) { return std::pow(10, 600 * Uniform(r) - 300); }},
      {"mostly zero", [](Random& r, std::size_t) { return Uniform(r) < 0.97 ? 0 : Uniform(r); }},
      {"negative", [](Random& r, std::size_t) { return -std::exp(2 * Normal(r)); }},
      {"both signs", [](Random& r, std::size_t) { return r() % 2 ? 100 + Uniform(r) : -50; }},
      {"as many of both signs",
       [](Random& r, std::size_t i) { return i % 2 ? 100 + Uniform(r) : -50 - Uniform(r); }},
      {"tiny", [](Random& r, std::size_t) { return 1e-290 * (1 + Uniform(r)); }},
      {"huge", [](Random& r, std::size_t) { return 1e300 * (1 + Uniform(r)); }},
  };
}

class TrendSinkDistributions : public testing::TestWithParam<Distribution> {};

TEST_P(TrendSinkDistributions, PercentilesAreWithinOnePerMilleOfK6) {
  const auto seed = std::random_device()();
  Random random(seed);
  for (const std::size_t n : {1, 2, 3, 10, 1000, 1024, 1025, 1100, 20'000, 1'000'000}) {
    SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
    TrendSink sink;
    std::vector<double> all;
    for (std::size_t i = 0; i < n; ++i) {
      all.push_back(GetParam().next(random, i));
      ASSERT_TRUE(sink.Add(all.back()));
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(sink.count(), n);
    EXPECT_EQ(sink.min(), all.front());
    EXPECT_EQ(sink.max(), all.back());
    EXPECT_EQ(sink.exact(), n <= TrendSink::kMaxExact);
    for (const double percent : {0.0, 0.01, 1.0, 10.0, 25.0, 33.3, 50.0, 66.6, 75.0, 90.0, 95.0,
                                 99.0, 99.9, 99.99, 99.999, 100.0}) {
      const double expected = Reference(all, percent);
      if (sink.exact()) {
        EXPECT_EQ(sink.Percentile(percent), expected) << percent;
      } else {
        EXPECT_NEAR(sink.Percentile(percent), expected, 0.001 * std::abs(expected)) << percent;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TrendSinkDistributions, testing::ValuesIn(Adversaries()),
                         [](const auto& instance) {
                           std::string name = instance.param.name;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

TEST(TrendSink, InterpolatesAsK6Does) {
  TrendSink sink;
  EXPECT_EQ(sink.Percentile(95), 0);
  for (const double value : {20, 10, 15}) sink.Add(value);
  EXPECT_EQ(sink.Percentile(90), 19);
  EXPECT_EQ(sink.Percentile(95), 19.5);
  EXPECT_EQ(sink.Percentile(50), 15);
  EXPECT_EQ(sink.avg(), 15);
  EXPECT_EQ(sink.sum(), 45);
}

TEST(TrendSink, RefusesNaNOnly) {
  TrendSink sink;
  EXPECT_FALSE(sink.Add(kNaN));
  EXPECT_TRUE(sink.empty());
  EXPECT_TRUE(sink.Add(kInfinity));
  EXPECT_EQ(sink.max(), kInfinity);
  EXPECT_EQ(sink.avg(), kInfinity);
}

TEST(TrendSink, InfinitiesStayTheirOwn) {
  TrendSink sink;
  for (int i = 0; i < 2000; ++i) sink.Add(i % 4 == 0 ? kInfinity : i % 4 == 1 ? -kInfinity : 1);
  EXPECT_EQ(sink.Percentile(60), 1 + 1.0 / 1024);  // the middle of the bucket
  EXPECT_EQ(sink.min(), -kInfinity);
  EXPECT_EQ(sink.histogram().AtRank(0), -kInfinity);
  EXPECT_EQ(sink.histogram().AtRank(1999), kInfinity);
}

TEST(TrendSink, ClearedIsAsNew) {
  TrendSink sink, fresh;
  for (int i = 0; i < 5000; ++i) sink.Add(i);
  sink.Clear();
  EXPECT_EQ(sink, fresh);
  for (int i = 0; i < 10; ++i) {
    sink.Add(i);
    fresh.Add(i);
  }
  EXPECT_EQ(sink, fresh);
}

// Splits samples over sinks in some way, merges them in some order; compares with one sink.
TEST(TrendSink, MergingEqualsFoldingInOneSink) {
  const auto seed = std::random_device()();
  Random random(seed);
  const auto distributions = Adversaries();
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(testing::Message() << "round " << round << " seed " << seed);
    const auto& distribution = distributions[random() % distributions.size()];
    const std::size_t n = random() % (round % 10 == 0 ? 5000 : 1500);
    TrendSink one;
    std::vector<TrendSink> parts(1 + random() % 5);
    for (std::size_t i = 0; i < n; ++i) {
      const double value = distribution.next(random, i);
      one.Add(value);
      parts[random() % parts.size()].Add(value);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    while (parts.size() > 1) {  // any tree of merges
      const std::size_t into = random() % (parts.size() - 1);
      parts[into].Merge(parts.back());
      parts.pop_back();
    }
    ASSERT_EQ(parts[0], one);
    for (const double percent : {0.0, 50.0, 90.0, 99.9, 100.0}) {
      ASSERT_EQ(parts[0].Percentile(percent), one.Percentile(percent));
    }
    ASSERT_EQ(parts[0].avg(), one.avg());
  }
}

TEST(CounterSink, AddsAndMerges) {
  CounterSink a, b;
  EXPECT_TRUE(a.empty());
  EXPECT_FALSE(a.Add(kNaN));
  EXPECT_TRUE(a.empty());
  a.Add(0);
  EXPECT_FALSE(a.empty());
  b.Add(3);
  b.Add(-1);
  a.Merge(b);
  EXPECT_EQ(a.sum(), 2);
  a.Merge(CounterSink());
  EXPECT_EQ(a.sum(), 2);
}

TEST(RateSink, CountsWhatIsNotZero) {
  RateSink a, b;
  EXPECT_EQ(a.rate(), 0);
  for (const double value : {1.0, 0.0, -2.5, 0.0}) a.Add(value);
  b.Add(0);
  EXPECT_FALSE(b.Add(kNaN));
  a.Merge(b);
  EXPECT_EQ(a.nonzero(), 2);
  EXPECT_EQ(a.total(), 5);
  EXPECT_EQ(a.rate(), 0.4);
}

TEST(GaugeSink, KeepsTheLastByTime) {
  GaugeSink sink;
  sink.Add(5, {100, 0});
  sink.Add(9, {300, 0});
  sink.Add(1, {200, 0});
  EXPECT_EQ(sink.value(), 9);
  EXPECT_EQ(sink.min(), 1);
  EXPECT_EQ(sink.max(), 9);
  sink.Add(4, {300, 0});  // as late: the later call
  EXPECT_EQ(sink.value(), 4);
  EXPECT_FALSE(sink.Add(kNaN, {400, 0}));
}

TEST(GaugeSink, MergeIsAssociativeAndCommutative) {
  const auto seed = std::random_device()();
  Random random(seed);
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const auto any = [&] {
    GaugeSink sink;
    for (auto n = random() % 3; n > 0; --n) {
      sink.Add(static_cast<double>(random() % 4),
               {static_cast<std::int64_t>(random() % 3), static_cast<std::uint32_t>(random() % 3)});
    }
    return sink;
  };
  const auto merged = [](GaugeSink a, const GaugeSink& b) {
    a.Merge(b);
    return a;
  };
  for (int i = 0; i < 5000; ++i) {
    const GaugeSink a = any(), b = any(), c = any();
    ASSERT_EQ(merged(a, b), merged(b, a));
    ASSERT_EQ(merged(merged(a, b), c), merged(a, merged(b, c)));
  }
}

TEST(Sink, TakingDeltasLosesNothing) {
  for (const MetricType type :
       {MetricType::kCounter, MetricType::kGauge, MetricType::kRate, MetricType::kTrend}) {
    Sink folded = MakeSink(type), shard = MakeSink(type), total = MakeSink(type);
    EXPECT_EQ(TypeOf(folded), type);
    EXPECT_TRUE(IsEmpty(folded));
    for (int i = 0; i < 3000; ++i) {
      ASSERT_TRUE(Add(folded, i % 7, {i, 0}));
      ASSERT_TRUE(Add(shard, i % 7, {i, 0}));
      if (i % 1000 != 0) continue;
      Merge(total, shard);
      Clear(shard);
    }
    EXPECT_FALSE(IsEmpty(shard));
    Merge(total, shard);
    Clear(shard);
    EXPECT_TRUE(IsEmpty(shard));
    EXPECT_EQ(total, folded);
  }
}

}  // namespace
}  // namespace loadctl::metrics
