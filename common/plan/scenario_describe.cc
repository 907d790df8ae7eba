// What the run's header says of scenarios, in k6's words.
#include <algorithm>
#include <cstdio>

#include "common/base/duration.h"
#include "common/plan/overloaded.h"
#include "common/plan/scenario.h"

namespace loadctl::plan {
namespace {

using std::chrono::nanoseconds;

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

std::string PerSecond(std::int64_t rate, nanoseconds unit, const ExecutionTuple& tuple) {
  char text[400];
  std::snprintf(
      text, sizeof(text), "%.2f iterations/s",
      static_cast<double>(rate) * 1e9 / static_cast<double>(unit.count()) * LengthOf(tuple));
  return text;
}

std::string VuRange(const ArrivalVus& vus, const ExecutionTuple& tuple) {
  const std::int64_t planned = tuple.Scale(std::max<std::int64_t>(vus.Planned(), 0));
  const std::int64_t most = tuple.Scale(std::max<std::int64_t>(vus.Max(), 0));
  return "maxVUs: " + std::to_string(planned) +
         (most > planned ? "-" + std::to_string(most) : std::string());
}

std::string OverStages(const Scenario& scenario, std::span<const Stage> stages) {
  return " for " + FormatGoDuration(RegularDuration(scenario)) + " over " +
         std::to_string(stages.size()) + " stages";
}

}  // namespace

double LengthOf(const ExecutionTuple& tuple) {
  const auto& [from, to] = tuple.segment();
  return static_cast<double>(to.numerator) / static_cast<double>(to.denominator) -
         static_cast<double>(from.numerator) / static_cast<double>(from.denominator);
}

std::string Describe(const Scenario& scenario, const ExecutionTuple& tuple) {
  const std::string vus = std::to_string(VusOf(scenario, tuple));
  const std::string duration = FormatGoDuration(RegularDuration(scenario));
  const std::string max_duration = "maxDuration: " + duration;
  const auto iterations = [&] { return std::to_string(IterationsOf(scenario, tuple).value_or(0)); };
  return std::visit(
      Overloaded{
          [&](const ConstantVus&) {
            return vus + " looping VUs for " + duration + DescribeFacts(scenario, "");
          },
          [&](const RampingVus& config) {
            return "Up to " + vus + " looping VUs" + OverStages(scenario, config.stages) +
                   DescribeFacts(scenario, "gracefulRampDown: " +
                                               FormatGoDuration(config.graceful_ramp_down));
          },
          [&](const PerVuIterations&) {
            return iterations() + " iterations for each of " + vus + " VUs" +
                   DescribeFacts(scenario, max_duration);
          },
          [&](const SharedIterations&) {
            return iterations() + " iterations shared among " + vus + " VUs" +
                   DescribeFacts(scenario, max_duration);
          },
          [&](const ConstantArrivalRate& config) {
            return PerSecond(config.rate.value_or(0), config.time_unit, tuple) + " for " +
                   duration + DescribeFacts(scenario, VuRange(config.vus, tuple));
          },
          [&](const RampingArrivalRate& config) {
            std::int64_t most = config.start_rate;
            for (const Stage& stage : config.stages)
              most = std::max(most, stage.target.value_or(0));
            return "Up to " + PerSecond(most, config.time_unit, tuple) +
                   OverStages(scenario, config.stages) +
                   DescribeFacts(scenario, VuRange(config.vus, tuple));
          },
          [&](const ExternallyControlled& config) {
            const bool endless = config.duration.value_or(nanoseconds(0)).count() == 0;
            return "Externally controlled execution with " +
                   std::to_string(tuple.Scale(std::max<std::int64_t>(config.vus, 0))) + " VUs, " +
                   vus + " max VUs, " + (endless ? "infinite" : duration) + " duration" +
                   DescribeFacts(scenario, "");
          },
      },
      scenario.executor);
}

}  // namespace loadctl::plan
