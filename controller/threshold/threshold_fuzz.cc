// Any text is an expression or an error, and so is any name of a metric.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/submetric.h"
#include "controller/threshold/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expression = loadctl::threshold::ParseExpression(text);
  if (expression) {
    LOADCTL_CHECK(expression->percentile >= 0 && expression->percentile <= 100, "percentile");
    LOADCTL_CHECK(text.find(expression->left) != std::string_view::npos, "left-hand side");
  } else {
    LOADCTL_CHECK(expression.error().message.starts_with("failed parsing threshold"), "message");
  }
  const auto selector = loadctl::metrics::ParseSelector(text);
  if (selector && selector->is_submetric()) {
    const auto again = loadctl::metrics::ParseSelector(selector->Name());
    // Trimming can take away the value of the last tag, which is then missing.
    LOADCTL_CHECK(!again || again->conditions == selector->conditions, "conditions changed");
  }
  return 0;
}
