// The one table of the fields of scenarios: name in scripts and member, of all scenarios and of
// each executor, in k6's order. Reading, the wire form and what is shown go through it. Not for
// what the fields mean (scenario.h). Pure templates: any thread.
#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

#include "common/plan/scenario.h"

namespace loadctl::plan {

template <typename Config, typename T>
concept ConfigOf = std::is_same_v<std::remove_const_t<Config>, T>;

/// `visit(name, member)` for each field that every scenario has, after its executor.
template <ConfigOf<Scenario> SomeScenario, typename Visit>
void ForEachCommonField(SomeScenario& scenario, const Visit& visit) {
  visit("startTime", scenario.start_time);
  visit("gracefulStop", scenario.graceful_stop);
  visit("env", scenario.env);
  visit("exec", scenario.exec);
  visit("tags", scenario.tags);
}

/// The same for the fields of one executor.
template <ConfigOf<ConstantVus> Config, typename Visit>
void ForEachField(Config& config, const Visit& visit) {
  visit("vus", config.vus);
  visit("duration", config.duration);
}

template <ConfigOf<RampingVus> Config, typename Visit>
void ForEachField(Config& config, const Visit& visit) {
  visit("startVUs", config.start_vus);
  visit("stages", config.stages);
  visit("gracefulRampDown", config.graceful_ramp_down);
}

template <typename Config, typename Visit>
requires ConfigOf<Config, PerVuIterations> || ConfigOf<Config, SharedIterations>
void ForEachField(Config& config, const Visit& visit) {
  visit("vus", config.vus);
  visit("iterations", config.iterations);
  visit("maxDuration", config.max_duration);
}

template <ConfigOf<ConstantArrivalRate> Config, typename Visit>
void ForEachField(Config& config, const Visit& visit) {
  visit("rate", config.rate);
  visit("timeUnit", config.time_unit);
  visit("duration", config.duration);
  visit("preAllocatedVUs", config.vus.pre_allocated);
  visit("maxVUs", config.vus.max);
}

template <ConfigOf<RampingArrivalRate> Config, typename Visit>
void ForEachField(Config& config, const Visit& visit) {
  visit("startRate", config.start_rate);
  visit("timeUnit", config.time_unit);
  visit("stages", config.stages);
  visit("preAllocatedVUs", config.vus.pre_allocated);
  visit("maxVUs", config.vus.max);
}

template <ConfigOf<ExternallyControlled> Config, typename Visit>
void ForEachField(Config& config, const Visit& visit) {
  visit("vus", config.vus);
  visit("duration", config.duration);
  visit("maxVUs", config.max_vus);
}

/// Makes the alternative called `name`; false if there is none.
template <std::size_t I = 0>
[[nodiscard]] bool MakeExecutor(std::string_view name, ExecutorConfig& out) {
  if constexpr (I < std::variant_size_v<ExecutorConfig>) {
    using Config = std::variant_alternative_t<I, ExecutorConfig>;
    if (name != Config::kName) return MakeExecutor<I + 1>(name, out);
    out.emplace<Config>();
    return true;
  }
  return false;
}

}  // namespace loadctl::plan
