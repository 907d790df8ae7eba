// The grammar of one threshold expression: `p(95) < 200`.
// Not for metrics or verdicts (evaluator.h). Plain functions: any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/metrics/metric.h"

namespace loadctl::threshold {

enum class Method { kValue, kCount, kRate, kAvg, kMin, kMed, kMax, kPercentile };
enum class Operator { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };

struct Expression {
  Method method = Method::kValue;
  double percentile = 0;  ///< 0..100, for kPercentile; a bare `p` means p(0)
  Operator op = Operator::kLess;
  double limit = 0;
  std::string left;  ///< left-hand side as written, without spaces around: `p(95)`
  bool operator==(const Expression&) const = default;
};

/// Parses `method op number` by k6's rules.
///
/// The operator is the first of `<= < >= > === == !=`, in this order, that stands anywhere in the
/// text with something behind it. Fails (kInvalidConfig) with k6's texts: `failed parsing threshold
/// expression "x"; reason: malformed threshold expression`, `failed parsing threshold expression's
/// "x" left hand side; reason: ...`, `failed parsing threshold expresion's "x" right hand side;
/// reason: strconv.ParseFloat: ...`.
[[nodiscard]] Result<Expression> ParseExpression(std::string_view source);

/// `left op limit` as floating-point numbers compare.
[[nodiscard]] bool Holds(double left, Operator op, double limit);

/// `avg`, `count`, ..., `p`.
[[nodiscard]] std::string_view MethodName(Method method);
/// True if thresholds on metrics of this type may use the method.
[[nodiscard]] bool Supports(metrics::MetricType type, Method method);
/// The methods of a type, as k6's error lists them: `avg, min, max, med, p`.
[[nodiscard]] std::string_view SupportedMethods(metrics::MetricType type);

}  // namespace loadctl::threshold
