#include "common/plan/scenario.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "common/base/duration.h"

namespace loadctl::plan {
namespace {

using std::chrono::nanoseconds;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr nanoseconds kMinDuration = std::chrono::seconds(1);

/// Sum that stays at the largest duration instead of overflowing. Only `a` may be negative.
nanoseconds SaturatingAdd(nanoseconds a, nanoseconds b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.count(), b.count(), &sum)) return nanoseconds::max();
  return nanoseconds(sum);
}

std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

bool IsGoodName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  });
}

void ValidateCommon(const Scenario& scenario, std::vector<std::string>& problems) {
  constexpr std::string_view kNameRule =
      "the scenario name should contain only numbers, latin letters, underscores, and dashes";
  if (scenario.name.empty()) problems.emplace_back("scenario name can't be empty");
  if (scenario.name.empty() || !IsGoodName(scenario.name)) problems.emplace_back(kNameRule);
  if (scenario.exec && scenario.exec->empty()) problems.emplace_back("exec value cannot be empty");
  if (scenario.start_time < nanoseconds(0)) {
    problems.emplace_back("the startTime can't be negative");
  }
  if (scenario.graceful_stop < nanoseconds(0)) {
    problems.emplace_back("the gracefulStop timeout can't be negative");
  }
}

void ValidateVus(std::int64_t vus, std::vector<std::string>& problems) {
  if (vus <= 0) problems.emplace_back("the number of VUs must be more than 0");
  if (vus > kMaxVus) {
    problems.push_back("the number of VUs must be at most " + std::to_string(kMaxVus));
  }
}

void ValidateMaxDuration(nanoseconds duration, std::vector<std::string>& problems) {
  if (duration >= kMinDuration) return;
  problems.push_back("the maxDuration must be at least " + FormatGoDuration(kMinDuration) +
                     ", but is " + FormatGoDuration(duration));
}

void ValidateExecutor(const ExecutorConfig& executor, std::vector<std::string>& problems) {
  std::visit(
      Overloaded{
          [&](const ConstantVus& config) {
            ValidateVus(config.vus, problems);
            if (!config.duration) {
              problems.emplace_back("the duration is unspecified");
            } else if (*config.duration < kMinDuration) {
              problems.push_back("the duration must be at least " + FormatGoDuration(kMinDuration) +
                                 ", but is " + FormatGoDuration(*config.duration));
            }
          },
          [&](const PerVuIterations& config) {
            ValidateVus(config.vus, problems);
            if (config.iterations <= 0) {
              problems.emplace_back("the number of iterations must be more than 0");
            }
            ValidateMaxDuration(config.max_duration, problems);
          },
          [&](const SharedIterations& config) {
            ValidateVus(config.vus, problems);
            if (config.iterations < config.vus) {
              problems.push_back("the number of iterations (" + std::to_string(config.iterations) +
                                 ") can't be less than the number of VUs (" +
                                 std::to_string(config.vus) + ")");
            }
            ValidateMaxDuration(config.max_duration, problems);
          },
      },
      executor);
}

/// ` (fact, fact)` of what is set.
std::string DescribeFacts(const Scenario& scenario, std::string facts) {
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!facts.empty()) facts += ", ";
    facts += std::string(name) + ": " + value;
  };
  if (scenario.exec) add("exec", *scenario.exec);
  if (scenario.start_time > nanoseconds(0)) {
    add("startTime", FormatGoDuration(scenario.start_time));
  }
  if (scenario.graceful_stop > nanoseconds(0)) {
    add("gracefulStop", FormatGoDuration(scenario.graceful_stop));
  }
  return facts.empty() ? "" : " (" + facts + ")";
}

/// To the nearest 100 ms, halves away from zero.
nanoseconds RoundToTenths(nanoseconds duration) {
  constexpr std::int64_t kTenth = 100'000'000;
  const std::int64_t rest = duration.count() % kTenth;
  const nanoseconds down = duration - nanoseconds(rest);
  return rest * 2 < kTenth ? down : SaturatingAdd(down, nanoseconds(kTenth));
}

}  // namespace

std::string_view ExecutorName(const ExecutorConfig& executor) {
  return std::visit([](const auto& config) { return config.kName; }, executor);
}

std::string ExecFunction(const Scenario& scenario) {
  return scenario.exec && !scenario.exec->empty() ? *scenario.exec : "default";
}

std::vector<std::string> ValidateScenario(const Scenario& scenario) {
  std::vector<std::string> problems;
  ValidateCommon(scenario, problems);
  ValidateExecutor(scenario.executor, problems);
  return problems;
}

Result<void> CheckScenarios(std::span<const Scenario> scenarios) {
  for (const Scenario& scenario : scenarios) {
    const auto problems = ValidateScenario(scenario);
    if (!problems.empty())
      return Fail(ErrorCode::kInvalidConfig, "scenario " + scenario.name + ": " + problems.front());
  }
  return {};
}

std::int64_t VusOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  const std::int64_t vus =
      std::visit([](const auto& config) { return config.vus; }, scenario.executor);
  return vus <= 0 ? 0 : tuple.Scale(vus);
}

std::optional<ExecutionTuple> IterationTuple(const Scenario& scenario,
                                             const ExecutionTuple& tuple) {
  if (VusOf(scenario, tuple) == 0) return std::nullopt;
  return std::visit(Overloaded{
                        [&](const ConstantVus&) { return std::optional(tuple); },
                        [&](const PerVuIterations&) { return std::optional(tuple); },
                        [&](const SharedIterations& config) -> std::optional<ExecutionTuple> {
                          const auto retupled = tuple.Retuple(config.vus);
                          return retupled ? *retupled : std::nullopt;
                        },
                    },
                    scenario.executor);
}

std::optional<std::int64_t> IterationsOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  return std::visit(
      Overloaded{
          [](const ConstantVus&) -> std::optional<std::int64_t> { return std::nullopt; },
          [](const PerVuIterations& config) { return std::optional(config.iterations); },
          [&](const SharedIterations& config) {
            const auto retupled = IterationTuple(scenario, tuple);
            return std::optional(retupled ? retupled->Scale(config.iterations) : std::int64_t{0});
          },
      },
      scenario.executor);
}

bool HasWork(const Scenario& scenario, const ExecutionTuple& tuple) {
  return VusOf(scenario, tuple) > 0 && IterationsOf(scenario, tuple).value_or(1) > 0;
}

nanoseconds RegularDuration(const Scenario& scenario) {
  return std::visit(
      Overloaded{
          [](const ConstantVus& config) { return config.duration.value_or(nanoseconds(0)); },
          [](const PerVuIterations& config) { return config.max_duration; },
          [](const SharedIterations& config) { return config.max_duration; },
      },
      scenario.executor);
}

nanoseconds EndOffset(const Scenario& scenario) {
  return SaturatingAdd(SaturatingAdd(scenario.start_time, RegularDuration(scenario)),
                       scenario.graceful_stop);
}

std::vector<ExecutionStep> StepsOf(const Scenario& scenario, const ExecutionTuple& tuple) {
  return {{nanoseconds(0), VusOf(scenario, tuple), 0},
          {SaturatingAdd(RegularDuration(scenario), scenario.graceful_stop), 0, 0}};
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

std::string Describe(const Scenario& scenario, const ExecutionTuple& tuple) {
  const std::string vus = std::to_string(VusOf(scenario, tuple));
  const std::string iterations = std::to_string(IterationsOf(scenario, tuple).value_or(0));
  const std::string max_duration = "maxDuration: " + FormatGoDuration(RegularDuration(scenario));
  return std::visit(Overloaded{
                        [&](const ConstantVus&) {
                          return vus + " looping VUs for " +
                                 FormatGoDuration(RegularDuration(scenario)) +
                                 DescribeFacts(scenario, "");
                        },
                        [&](const PerVuIterations&) {
                          return iterations + " iterations for each of " + vus + " VUs" +
                                 DescribeFacts(scenario, max_duration);
                        },
                        [&](const SharedIterations&) {
                          return iterations + " iterations shared among " + vus + " VUs" +
                                 DescribeFacts(scenario, max_duration);
                        },
                    },
                    scenario.executor);
}

std::string DescribeRun(std::span<const Scenario> scenarios, const ExecutionTuple& tuple) {
  const ExecutionRequirements needs = RequirementsOf(scenarios, tuple);
  const auto& [from, to] = tuple.segment();
  const double length = static_cast<double>(to.numerator) / static_cast<double>(to.denominator) -
                        static_cast<double>(from.numerator) / static_cast<double>(from.denominator);
  char percent[32];
  std::snprintf(percent, sizeof(percent), "(%.2f%%) ", length * 100);
  const std::string count = scenarios.size() > 1 ? std::to_string(scenarios.size()) + " scenarios"
                                                 : std::string("1 scenario");
  return percent + count + ", " + std::to_string(needs.max_vus) + " max VUs, " +
         FormatGoDuration(RoundToTenths(needs.max_duration)) +
         " max duration (incl. graceful stop):";
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
