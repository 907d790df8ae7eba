#include "common/metrics/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace loadctl::metrics {
namespace {

double SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.Add(value);
  return sum.Value();
}

double AnyFinite(std::mt19937_64& random) {
  for (;;) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) return value;
  }
}

TEST(ExactSum, IsTheNearestDouble) {
  EXPECT_EQ(SumOf({}), 0);
  EXPECT_EQ(SumOf({1.5}), 1.5);
  EXPECT_EQ(SumOf({1e16, 1, -1e16}), 1);
  EXPECT_EQ(SumOf({1e308, 1e308, -1e308, -1e308, 1e-300}), 1e-300);
  EXPECT_EQ(SumOf(std::vector<double>(10, 0.1)), 1.0);
  EXPECT_EQ(SumOf({-1, 0.25}), -0.75);
  EXPECT_EQ(SumOf({1, 0x1p-53}), 1);                       // half way: to even
  EXPECT_EQ(SumOf({1, 0x1p-53, 0x1p-1074}), 1 + 0x1p-52);  // a trifle above half way
  EXPECT_EQ(SumOf({5e-324, 5e-324}), 1e-323);
}

TEST(ExactSum, OverflowsAndInfinitiesAreThoseOfDoubles) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kMax = std::numeric_limits<double>::max();
  EXPECT_EQ(SumOf({kMax, kMax}), kInfinity);
  EXPECT_EQ(SumOf({-kMax, -kMax}), -kInfinity);
  EXPECT_EQ(SumOf({kMax, kMax, -kMax}), kMax);
  EXPECT_EQ(SumOf({kInfinity, 1}), kInfinity);
  EXPECT_TRUE(std::isnan(SumOf({kInfinity, -kInfinity})));
  EXPECT_EQ(SumOf({std::numeric_limits<double>::quiet_NaN(), 2}), 2);
}

TEST(ExactSum, SingleValuesComeBack) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const double value = AnyFinite(random);
    ASSERT_EQ(SumOf({value}), value);
    ASSERT_EQ(SumOf({value, value, -value}), value);
  }
}

TEST(ExactSum, OrderAndGroupingDoNotMatter) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(100);
    for (double& value : values) value = AnyFinite(random);
    ExactSum forward, left, right;
    for (const double value : values) forward.Add(value);
    std::shuffle(values.begin(), values.end(), random);
    for (const double value : values) (random() % 2 ? left : right).Add(value);
    ExactSum merged = right;
    merged.Merge(left);
    ASSERT_EQ(merged, forward);
    const double a = merged.Value(), b = forward.Value();
    ASSERT_EQ(std::bit_cast<std::uint64_t>(a), std::bit_cast<std::uint64_t>(b));
  }
}

TEST(ExactSum, AgreesWithWideIntegers) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  ExactSum sum;
  __int128 expected = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> 11;
    expected += value;
    sum.Add(static_cast<double>(value));
  }
  EXPECT_EQ(sum.Value(), static_cast<double>(expected));
}

TEST(ExactSum, ManyMergesDoNotOverflow) {
  ExactSum total, part;
  for (int i = 0; i < 1000; ++i) part.Add(1e300);
  double expected = 0;
  for (int i = 0; i < 40; ++i) {
    part.Merge(ExactSum(part));  // doubles
    expected = 1000 * std::ldexp(1e300, i + 1);
    if (std::isinf(expected)) break;
    ASSERT_DOUBLE_EQ(part.Value(), expected);
  }
}

TEST(ExactSum, DigitsTravel) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 1000; ++round) {
    ExactSum sum, copy;
    for (int i = 0; i < round % 5; ++i) sum.Add(AnyFinite(random));
    ASSERT_TRUE(copy.FromDigits(sum.ToDigits()));
    ASSERT_EQ(copy, sum);
  }
  ExactSum sum;
  EXPECT_FALSE(sum.FromDigits({.first = 68, .digits = {1}}));
  EXPECT_FALSE(sum.FromDigits({.first = 60, .digits = std::vector<std::uint32_t>(9, 1)}));
}

TEST(ExactSum, ClearForgets) {
  ExactSum sum;
  sum.Add(-3);
  sum.Add(std::numeric_limits<double>::infinity());
  sum.Clear();
  sum.Add(2);
  EXPECT_EQ(sum.Value(), 2);
}

}  // namespace
}  // namespace loadctl::metrics
