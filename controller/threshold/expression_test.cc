#include "controller/threshold/expression.h"

#include <gtest/gtest.h>

#include <limits>

namespace loadctl::threshold {
namespace {

Expression Parsed(std::string_view source) {
  const auto expression = ParseExpression(source);
  EXPECT_TRUE(expression) << expression.error().message;
  return expression.value_or(Expression{});
}

TEST(Expression, HasMethodOperatorAndNumber) {
  EXPECT_EQ(Parsed("p(99.9) <= 200"),
            (Expression{Method::kPercentile, 99.9, Operator::kLessEqual, 200, "p(99.9)"}));
  EXPECT_EQ(Parsed(" rate>0.95"), (Expression{Method::kRate, 0, Operator::kGreater, 0.95, "rate"}));
  EXPECT_EQ(Parsed("count===3").op, Operator::kEqual);
  EXPECT_EQ(Parsed("count == 3").op, Operator::kEqual);
  EXPECT_EQ(Parsed("count != 3").op, Operator::kNotEqual);
  EXPECT_EQ(Parsed("value>=-1e3").limit, -1000);
}

TEST(Expression, BarePercentileIsTheSmallest) {
  EXPECT_EQ(Parsed("p<5"), (Expression{Method::kPercentile, 0, Operator::kLess, 5, "p"}));
}

TEST(Expression, ErrorsQuoteTheWholeSource) {
  const auto expression = ParseExpression("avg<\u00e9\u00a0\n");
  ASSERT_FALSE(expression);
  EXPECT_EQ(
      expression.error().message,
      "failed parsing threshold expresion's \"avg<\u00e9\\u00a0\\n\" right hand side; reason: "
      "strconv.ParseFloat: parsing \"\u00e9\": invalid syntax");
  EXPECT_EQ(expression.error().code, ErrorCode::kInvalidConfig);
}

TEST(Expression, ComparesAsNumbersDo) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(Holds(1, Operator::kLess, 2));
  EXPECT_FALSE(Holds(2, Operator::kLess, 2));
  EXPECT_TRUE(Holds(2, Operator::kLessEqual, 2));
  EXPECT_TRUE(Holds(3, Operator::kGreater, 2));
  EXPECT_TRUE(Holds(2, Operator::kGreaterEqual, 2));
  EXPECT_TRUE(Holds(2, Operator::kEqual, 2));
  EXPECT_TRUE(Holds(1, Operator::kNotEqual, 2));
  EXPECT_FALSE(Holds(kNaN, Operator::kEqual, kNaN));
  EXPECT_TRUE(Holds(kNaN, Operator::kNotEqual, 1));
}

TEST(Expression, MethodsBelongToTypes) {
  EXPECT_TRUE(Supports(metrics::MetricType::kTrend, Method::kPercentile));
  EXPECT_FALSE(Supports(metrics::MetricType::kTrend, Method::kCount));
  EXPECT_TRUE(Supports(metrics::MetricType::kCounter, Method::kCount));
  EXPECT_FALSE(Supports(metrics::MetricType::kGauge, Method::kRate));
}

}  // namespace
}  // namespace loadctl::threshold
