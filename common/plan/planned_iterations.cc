#include "common/plan/planned_iterations.h"

#include <set>
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

Stripe DataShare(std::span<const Scenario> scenarios, const ExecutionTuple& tuple) {
  std::set<std::int64_t> numbers;
  for (const Scenario& scenario : scenarios) {
    const bool external = std::holds_alternative<ExternallyControlled>(scenario.executor);
    numbers.insert(external ? 0 : VusOf(scenario, ExecutionTuple()));
  }
  if (numbers.size() != 1 || *numbers.begin() <= 0) return tuple.Share();
  const auto retupled = tuple.Retuple(*numbers.begin());
  if (!retupled) return tuple.Share();
  return *retupled ? (*retupled)->Share() : Stripe{0, {}, 1};
}

}  // namespace loadctl::plan
