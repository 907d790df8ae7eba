#include "controller/run/agents_needed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "common/plan/overloaded.h"
#include "common/plan/planned_iterations.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostVus = 40;
constexpr auto kDuration = 3s;
// A worker that is busier than this is late when much happens at once (docs/numbers.md).
constexpr double kBusy = 0.7;
constexpr double kFull = 0.8;  // of the memory
// Measured as resident memory of an agent with one idle VU (docs/operations/sizing.md).
constexpr std::int64_t kOwnMemory = std::int64_t{64} << 20;
// What a VU of an isolate with others takes at least, as agent/worker/preflight.cc counts.
constexpr std::int64_t kLeastPerVu = std::int64_t{400} << 10;

double PerSecond(std::int64_t rate, std::chrono::nanoseconds unit) {
  return static_cast<double>(rate) / std::chrono::duration<double>(unit).count();
}

/// Of an arrival rate, of the whole test; nullopt where VUs loop.
std::optional<double> PeakRate(const plan::Scenario& scenario) {
  return std::visit(
      plan::Overloaded{[](const plan::ConstantArrivalRate& e) -> std::optional<double> {
                         return PerSecond(e.rate.value_or(0), e.time_unit);
                       },
                       [](const plan::RampingArrivalRate& e) -> std::optional<double> {
                         std::int64_t most = e.start_rate;
                         for (const auto& stage : e.stages)
                           most = std::max(most, stage.target.value_or(0));
                         return PerSecond(most, e.time_unit);
                       },
                       [](const auto&) -> std::optional<double> { return std::nullopt; }},
      scenario.executor);
}

std::int64_t MeasuredVus(const plan::Scenario& scenario, const plan::ExecutionTuple& tuple) {
  return std::clamp<std::int64_t>(plan::VusOf(scenario, tuple) / 10, 1, kMostVus);
}

double MeanIteration(const summary::Summary& calibration) {
  for (const auto& metric : calibration.metrics())
    if (metric.name() == "iteration_duration")
      for (const auto& stat : metric.trend().stats())
        if (stat.name() == "avg") return stat.value() / 1e3;
  return 0;
}

/// How long an iteration of the scenario keeps its VU, in seconds; 0: none has ended.
double IterationTime(const plan::Scenario& scenario, const plan::ExecutionTuple& tuple,
                     const summary::Summary& calibration) {
  for (const auto& counts : calibration.ledger(0).iterations().scenarios()) {
    if (counts.name() != scenario.name || counts.complete() == 0) continue;
    const double each =
        static_cast<double>(counts.vu_time_us()) / 1e6 / static_cast<double>(counts.complete());
    // Those that outlast the measurement end after it: their VUs' time there says too little.
    const bool long_ones = counts.complete() <= MeasuredVus(scenario, tuple);
    return long_ones ? std::max(each, MeanIteration(calibration)) : each;
  }
  return 0;
}

/// The most of `of(scenario)` that comes together: sums change only where a scenario begins.
template <typename Of>
double MostAtOnce(std::span<const plan::Scenario> scenarios, const Of& of) {
  double most = 0;
  for (const auto& begun : scenarios) {
    double sum = 0;
    for (const auto& one : scenarios) {
      const bool then =
          one.start_time <= begun.start_time && begun.start_time < plan::EndOffset(one);
      if (then) sum += of(one);
    }
    most = std::max(most, sum);
  }
  return most;
}

/// At most 1e9: an arrival rate has no bound.
std::int64_t Parts(double whole, double part) {
  if (part <= 0) return 1;
  return static_cast<std::int64_t>(std::clamp(std::ceil(whole / part), 1.0, 1e9));
}

}  // namespace

std::vector<plan::Scenario> CalibrationOf(std::span<const plan::Scenario> scenarios,
                                          const plan::ExecutionTuple& tuple) {
  std::vector<plan::Scenario> out(scenarios.begin(), scenarios.end());
  for (plan::Scenario& scenario : out) {
    scenario.executor = plan::ConstantVus{MeasuredVus(scenario, tuple), kDuration};
    scenario.start_time = 0s;
    scenario.graceful_stop = 30s;
  }
  plan::SortScenarios(out);
  return out;
}

Result<AgentsNeeded> NeededBy(std::span<const plan::Scenario> scenarios,
                              const plan::ExecutionTuple& tuple,
                              const summary::Summary& calibration) {
  if (calibration.ledger().empty()) return Fail("the agent told nothing of itself");
  const auto& entry = calibration.ledger(0);
  const auto& health = entry.health();
  if (entry.iterations().complete() <= 0 || health.workers() == 0)
    return Fail("no iteration ended within 33 seconds");
  AgentsNeeded out;
  out.vus = plan::RequirementsOf(scenarios, tuple).max_vus;
  std::int64_t measured = 0;
  for (const auto& scenario : scenarios) measured += MeasuredVus(scenario, tuple);
  for (const auto& scenario : scenarios) {
    if (!PeakRate(scenario) && IterationTime(scenario, tuple, calibration) == 0)
      return Fail("no iteration of scenario " + scenario.name + " ended within 33 seconds");
  }
  out.iterations_per_second = MostAtOnce(scenarios, [&](const plan::Scenario& scenario) {
    if (const auto rate = PeakRate(scenario)) return *rate * plan::LengthOf(tuple);
    const double looping = static_cast<double>(plan::VusOf(scenario, tuple)) /
                           IterationTime(scenario, tuple, calibration);
    // A number of iterations need not be done within less than a second.
    const auto all = plan::PlannedIterations(scenario, tuple);
    return all ? std::min(looping, static_cast<double>(*all)) : looping;
  });
  const double cpu_seconds = static_cast<double>(health.cpu().used_ns()) / 1e9 /
                             static_cast<double>(entry.iterations().complete());
  out.cores = out.iterations_per_second * cpu_seconds;
  const std::int64_t per_vu = std::max(
      kLeastPerVu, (health.memory_peak_bytes() - kOwnMemory) / std::max<std::int64_t>(measured, 1));
  out.memory = out.vus * per_vu;
  const std::int64_t had = health.memory_available_bytes() + health.memory_peak_bytes();
  const auto room = static_cast<double>(std::max<std::int64_t>(had - kOwnMemory, 1));
  if (health.most_vus() != 0)
    out.by_limits = Parts(static_cast<double>(out.vus), static_cast<double>(health.most_vus()));
  out.by_machine = Parts(out.cores, kBusy * health.workers());
  if (health.memory_available_bytes() != 0)
    out.by_machine = std::max(out.by_machine, Parts(static_cast<double>(out.memory), kFull * room));
  return out;
}

std::string Describe(const AgentsNeeded& needed) {
  const auto number = [](double value) {
    char text[40];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f" : "%.0f", value);
    return std::string(text);
  };
  return std::to_string(needed.vus) + " VUs with " + number(needed.iterations_per_second) +
         " iterations/s need " + number(needed.cores) + " cores and " +
         std::to_string(needed.memory >> 20) + " MB";
}

}  // namespace loadctl::controller
