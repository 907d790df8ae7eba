#include "agent/executor/executor.h"

#include <algorithm>
#include <variant>

#include "agent/executor/kinds.h"

namespace loadctl::executor {

std::unique_ptr<Executor> MakeExecutor(const plan::Scenario& scenario,
                                       const plan::ExecutionTuple& tuple, TimePoint start) {
  return std::visit([&](const auto& config) { return Make(config, scenario, tuple, start); },
                    scenario.executor);
}

double Elapsed(TimePoint start, std::chrono::nanoseconds length, TimePoint now) {
  if (length.count() <= 0) return 1;
  const double part =
      static_cast<double>((now - start).count()) / static_cast<double>(length.count());
  return std::clamp(part, 0.0, 1.0);
}

}  // namespace loadctl::executor
