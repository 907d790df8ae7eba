#include "agent/executor/executor.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "agent/executor/arrival_run.h"
#include "agent/executor/kinds.h"
#include "agent/executor/looping_run.h"
#include "agent/executor/ramping_run.h"
#include "common/base/check.h"
#include "common/plan/overloaded.h"

namespace loadctl::executor {

std::unique_ptr<Executor> MakeExecutor(const plan::Scenario& scenario,
                                       const plan::ExecutionTuple& tuple, TimePoint start) {
  return std::visit(
      [&](const auto& config) -> std::unique_ptr<Executor> {
        if constexpr (requires { Make(config, scenario, tuple, start); }) {
          return Make(config, scenario, tuple, start);
        } else {
          LOADCTL_CHECK(false, "this executor's VUs do not loop from start to end");
          return nullptr;
        }
      },
      scenario.executor);
}

std::unique_ptr<ScenarioRun> MakeScenarioRun(const plan::Scenario& scenario,
                                             const plan::ExecutionTuple& tuple,
                                             ScenarioRun::Host host) {
  const auto make = [&]<class Run>(std::type_identity<Run>) -> std::unique_ptr<ScenarioRun> {
    return std::make_unique<Run>(scenario, tuple, std::move(host));
  };
  return std::visit(
      plan::Overloaded{
          [&](const plan::ConstantVus&) { return make(std::type_identity<LoopingRun>()); },
          [&](const plan::PerVuIterations&) { return make(std::type_identity<LoopingRun>()); },
          [&](const plan::SharedIterations&) { return make(std::type_identity<LoopingRun>()); },
          [&](const plan::RampingVus&) { return make(std::type_identity<RampingRun>()); },
          [&](const plan::ExternallyControlled&) { return make(std::type_identity<RampingRun>()); },
          [&](const plan::ConstantArrivalRate&) { return make(std::type_identity<ArrivalRun>()); },
          [&](const plan::RampingArrivalRate&) { return make(std::type_identity<ArrivalRun>()); },
      },
      scenario.executor);
}

double Elapsed(TimePoint start, std::chrono::nanoseconds length, TimePoint now) {
  if (length.count() <= 0) return 1;
  const double part =
      static_cast<double>((now - start).count()) / static_cast<double>(length.count());
  return std::clamp(part, 0.0, 1.0);
}

}  // namespace loadctl::executor
