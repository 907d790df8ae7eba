#include "controller/threshold/expression.h"

#include <array>
#include <cmath>
#include <utility>

#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::threshold {
namespace {

using metrics::MetricType;
using text::ParseGoFloat;
using text::QuoteGo;
using text::TrimGoSpace;

// In the order in which k6 looks for them.
constexpr std::array<std::pair<std::string_view, Operator>, 7> kOperators = {{
    {"<=", Operator::kLessEqual},
    {"<", Operator::kLess},
    {">=", Operator::kGreaterEqual},
    {">", Operator::kGreater},
    {"===", Operator::kEqual},
    {"==", Operator::kEqual},
    {"!=", Operator::kNotEqual},
}};

constexpr std::array<std::string_view, 8> kMethodNames = {"value", "count", "rate", "avg",
                                                          "min",   "med",   "max",  "p"};

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidConfig, std::move(message));
}

Result<void> ReadLeft(Expression& into) {
  const std::string_view left = into.left;
  for (std::size_t i = 0; i < kMethodNames.size(); ++i) {
    if (left != kMethodNames[i]) continue;
    into.method = static_cast<Method>(i);
    return {};
  }
  if (!left.starts_with("p(") || !left.ends_with(")")) {
    return Bad("failed parsing method from expression");
  }
  const auto percentile = ParseGoFloat(left.substr(2, left.size() - 3));
  if (!percentile) return Bad("malformed percentile value; reason: " + percentile.error().message);
  if (std::isnan(*percentile) || *percentile < 0 || *percentile > 100) {
    return Bad("malformed percentile value, provide a number between 0 and 100");
  }
  into.method = Method::kPercentile;
  into.percentile = *percentile;
  return {};
}

}  // namespace

Result<Expression> ParseExpression(std::string_view source) {
  Expression expression;
  std::string_view right;
  for (const auto& [text, op] : kOperators) {
    const std::size_t place = source.find(text);
    if (place == std::string_view::npos || place + text.size() == source.size()) continue;
    expression.op = op;
    expression.left = TrimGoSpace(source.substr(0, place));
    right = TrimGoSpace(source.substr(place + text.size()));
    if (auto read = ReadLeft(expression); !read) {
      return Bad("failed parsing threshold expression's " + QuoteGo(source) +
                 " left hand side; reason: " + read.error().message);
    }
    const auto limit = ParseGoFloat(right);
    if (!limit) {  // the misspelling is k6's
      return Bad("failed parsing threshold expresion's " + QuoteGo(source) +
                 " right hand side; reason: " + limit.error().message);
    }
    expression.limit = *limit;
    return expression;
  }
  return Bad("failed parsing threshold expression " + QuoteGo(source) +
             "; reason: malformed threshold expression");
}

bool Holds(double left, Operator op, double limit) {
  switch (op) {
    case Operator::kLess:
      return left < limit;
    case Operator::kLessEqual:
      return left <= limit;
    case Operator::kGreater:
      return left > limit;
    case Operator::kGreaterEqual:
      return left >= limit;
    case Operator::kEqual:
      return left == limit;
    case Operator::kNotEqual:
      return left != limit;
  }
  return false;
}

std::string_view MethodName(Method method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

bool Supports(MetricType type, Method method) {
  switch (type) {
    case MetricType::kCounter:
      return method == Method::kCount || method == Method::kRate;
    case MetricType::kGauge:
      return method == Method::kValue;
    case MetricType::kRate:
      return method == Method::kRate;
    case MetricType::kTrend:
      return method != Method::kCount && method != Method::kRate && method != Method::kValue;
  }
  return false;
}

std::string_view SupportedMethods(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "count, rate";
    case MetricType::kGauge:
      return "value";
    case MetricType::kRate:
      return "rate";
    case MetricType::kTrend:
      return "avg, min, max, med, p";
  }
  return "";
}

}  // namespace loadctl::threshold
