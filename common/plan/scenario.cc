#include "common/plan/scenario.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "common/base/saturating.h"
#include "common/plan/overloaded.h"
#include "common/plan/ramp.h"
#include "common/plan/tick_schedule.h"

namespace loadctl::plan {
namespace {

using loadctl::SaturatingAdd;
using std::chrono::nanoseconds;

/// Sum that stays at the largest duration instead of overflowing. Only `a` may be negative.
nanoseconds SaturatingAdd(nanoseconds a, nanoseconds b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.count(), b.count(), &sum)) return nanoseconds::max();
  return nanoseconds(sum);
}

}  // namespace

std::string_view ExecutorName(const ExecutorConfig& executor) {
  return std::visit([](const auto& config) { return config.kName; }, executor);
}

std::string OptionOf(const Scenario& scenario, std::string_view key) {
  if (!scenario.options_json) return "";
  boost::system::error_code error;
  const boost::json::value options = boost::json::parse(*scenario.options_json, error);
  const auto* object = error ? nullptr : options.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? "" : std::string(*text);
}

std::string ExecFunction(const Scenario& scenario) {
  return scenario.exec && !scenario.exec->empty() ? *scenario.exec : "default";
}

std::int64_t VusOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  const std::int64_t vus =
      std::visit(Overloaded{
                     [](const RampingVus& config) {
                       std::int64_t most = config.start_vus;
                       for (const Stage& stage : config.stages)
                         most = std::max(most, stage.target.value_or(0));
                       return most;
                     },
                     [](const ConstantArrivalRate& config) { return config.vus.Max(); },
                     [](const RampingArrivalRate& config) { return config.vus.Max(); },
                     [](const ExternallyControlled& config) { return config.Max(); },
                     [](const auto& config) { return config.vus; },
                 },
                 scenario.executor);
  return vus <= 0 ? 0 : tuple.Scale(vus);
}

std::optional<ExecutionTuple> IterationTuple(const Scenario& scenario,
                                             const ExecutionTuple& tuple) {
  if (VusOf(scenario, tuple) == 0) return std::nullopt;
  const auto retuple = [&](std::int64_t vus) -> std::optional<ExecutionTuple> {
    const auto retupled = tuple.Retuple(vus);
    return retupled ? *retupled : std::nullopt;
  };
  return std::visit(
      Overloaded{
          [&](const SharedIterations& config) { return retuple(config.vus); },
          [&](const ConstantArrivalRate& config) { return retuple(config.vus.Max()); },
          [&](const RampingArrivalRate& config) { return retuple(config.vus.Max()); },
          [&](const auto&) { return std::optional(tuple); },
      },
      scenario.executor);
}

std::optional<std::int64_t> IterationsOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  const auto share = [&](std::int64_t all) {
    const auto retupled = IterationTuple(scenario, tuple);
    return std::optional(retupled ? retupled->Scale(all) : std::int64_t{0});
  };
  return std::visit(
      Overloaded{
          [](const PerVuIterations& config) { return std::optional(config.iterations); },
          [&](const SharedIterations& config) { return share(config.iterations); },
          [&](const ConstantArrivalRate& config) { return share(TickSchedule(config).Count()); },
          [&](const RampingArrivalRate& config) { return share(TickSchedule(config).Count()); },
          [](const auto&) -> std::optional<std::int64_t> { return std::nullopt; },
      },
      scenario.executor);
}

bool HasWork(const Scenario& scenario, const ExecutionTuple& tuple) {
  return VusOf(scenario, tuple) > 0 && IterationsOf(scenario, tuple).value_or(1) > 0;
}

nanoseconds SumOf(std::span<const Stage> stages) {
  nanoseconds sum{0};
  for (const Stage& stage : stages)
    sum = SaturatingAdd(sum, stage.duration.value_or(nanoseconds(0)));
  return sum;
}

nanoseconds RegularDuration(const Scenario& scenario) {
  return std::visit(
      Overloaded{
          [](const ConstantVus& config) { return config.duration.value_or(nanoseconds(0)); },
          [](const RampingVus& config) { return SumOf(config.stages); },
          [](const PerVuIterations& config) { return config.max_duration; },
          [](const SharedIterations& config) { return config.max_duration; },
          [](const ConstantArrivalRate& config) {
            return config.duration.value_or(nanoseconds(0));
          },
          [](const RampingArrivalRate& config) { return SumOf(config.stages); },
          [](const ExternallyControlled& config) {
            const nanoseconds duration = config.duration.value_or(nanoseconds(0));
            return duration.count() == 0 ? nanoseconds::max() : duration;
          },
      },
      scenario.executor);
}

nanoseconds EndOffset(const Scenario& scenario) {
  return SaturatingAdd(SaturatingAdd(scenario.start_time, RegularDuration(scenario)),
                       scenario.graceful_stop);
}

std::vector<ExecutionStep> StepsOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  const nanoseconds end = SaturatingAdd(RegularDuration(scenario), scenario.graceful_stop);
  const auto steady = [&](std::int64_t planned, std::int64_t most) {
    std::vector<ExecutionStep> steps{{nanoseconds(0), planned, most - planned}};
    if (end != nanoseconds::max()) steps.push_back({end, 0, 0});
    return steps;
  };
  const auto arrival = [&](const ArrivalVus& vus) {
    return steady(tuple.Scale(std::max<std::int64_t>(vus.Planned(), 0)), VusOf(scenario, tuple));
  };
  return std::visit(Overloaded{
                        [&](const RampingVus& config) {
                          std::vector<ExecutionStep> steps;
                          for (const RampStep& step : ReservedStepsOf(
                                   RampStepsOf(config, tuple), config.graceful_ramp_down, end))
                            steps.push_back({step.offset, step.vus, 0});
                          return steps;
                        },
                        [&](const ConstantArrivalRate& config) { return arrival(config.vus); },
                        [&](const RampingArrivalRate& config) { return arrival(config.vus); },
                        [&](const auto&) {
                          const std::int64_t vus = VusOf(scenario, tuple);
                          return steady(vus, vus);
                        },
                    },
                    scenario.executor);
}

ExecutionRequirements RequirementsOf(std::span<const Scenario> scenarios,
                                     const ExecutionTuple& tuple) {
  std::vector<Scenario> sorted(scenarios.begin(), scenarios.end());
  SortScenarios(sorted);
  struct TrackedStep {
    ExecutionStep step;
    std::size_t scenario;
  };
  std::vector<TrackedStep> tracked;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (ExecutionStep step : StepsOf(sorted[i], tuple)) {
      step.offset = SaturatingAdd(step.offset, sorted[i].start_time);
      tracked.push_back({step, i});
    }
  }
  std::stable_sort(tracked.begin(), tracked.end(), [](const TrackedStep& a, const TrackedStep& b) {
    return a.step.offset != b.step.offset ? a.step.offset < b.step.offset : a.scenario < b.scenario;
  });
  ExecutionRequirements out;
  std::vector<ExecutionStep> current(sorted.size());
  for (const auto& [step, scenario] : tracked) {
    current[scenario] = step;
    ExecutionStep total{step.offset, 0, 0};
    for (const ExecutionStep& own : current) {
      total.planned = SaturatingAdd(total.planned, own.planned);
      total.unplanned = SaturatingAdd(total.unplanned, own.unplanned);
    }
    const bool same = !out.steps.empty() && out.steps.back().planned == total.planned &&
                      out.steps.back().unplanned == total.unplanned;
    if (!same) out.steps.push_back(total);
    out.planned_vus = std::max(out.planned_vus, total.planned);
    out.max_vus = std::max(out.max_vus, SaturatingAdd(total.planned, total.unplanned));
  }
  if (!out.steps.empty()) out.max_duration = out.steps.back().offset;
  return out;
}

void SortScenarios(std::vector<Scenario>& scenarios) {
  std::stable_sort(scenarios.begin(), scenarios.end(), [](const Scenario& a, const Scenario& b) {
    return a.start_time != b.start_time ? a.start_time < b.start_time : a.name < b.name;
  });
}

std::vector<VuNumbers> AssignVus(const ExecutionTuple& tuple, std::int64_t count) {
  std::vector<VuNumbers> out;
  out.reserve(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  for (std::int64_t local = 1; local <= count; ++local) {
    out.push_back({local, tuple.GlobalNumber(local)});
  }
  return out;
}

}  // namespace loadctl::plan
