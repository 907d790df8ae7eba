#include "common/plan/planned_iterations.h"

#include <variant>

#include "common/base/saturating.h"

namespace loadctl::plan {

std::optional<std::int64_t> PlannedIterations(const Scenario& scenario,
                                              const ExecutionTuple& tuple) {
  const bool external = std::holds_alternative<ExternallyControlled>(scenario.executor);
  if (!external && !HasWork(scenario, tuple)) return 0;
  const auto iterations = IterationsOf(scenario, tuple);
  if (!iterations) return std::nullopt;
  const bool each = std::holds_alternative<PerVuIterations>(scenario.executor);
  return each ? SaturatingMultiply(*iterations, VusOf(scenario, tuple)) : *iterations;
}

}  // namespace loadctl::plan
