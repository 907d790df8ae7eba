#include "controller/run/planned.h"

#include <algorithm>
#include <chrono>

#include "common/base/saturating.h"
#include "common/plan/overloaded.h"
#include "common/plan/planned_iterations.h"
#include "common/plan/ramp.h"
#include "common/plan/scenario.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Of RunDone or of one of its scenarios.
template <typename Counts>
bool AreCounts(const Counts& counts) {
  const auto are_counts = [](auto... count) { return ((count >= 0) && ...); };
  return are_counts(counts.started(), counts.dropped(), counts.complete(), counts.interrupted(),
                    counts.exceptions()) &&
         counts.started() == SaturatingAdd(counts.complete(), counts.interrupted()) &&
         counts.exceptions() <= counts.complete();
}

const v1::ScenarioCounts* Find(const v1::RunDone& done, const std::string& name) {
  const auto& all = done.scenarios();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const v1::ScenarioCounts& one) { return one.name() == name; });
  return it == all.end() ? nullptr : &*it;
}

/// How long the agent has VUs for a scenario that only time ends.
nanoseconds LoopingTime(const plan::Scenario& scenario, const plan::ExecutionTuple& share) {
  return std::visit(plan::Overloaded{
                        [&](const plan::ConstantVus&) {
                          return plan::HasWork(scenario, share) ? plan::RegularDuration(scenario)
                                                                : nanoseconds(0);
                        },
                        [&](const plan::RampingVus& ramp) {
                          const auto steps = plan::RampStepsOf(ramp, share);
                          const nanoseconds end = plan::RegularDuration(scenario);
                          nanoseconds sum{0};
                          for (std::size_t i = 0; i < steps.size(); ++i) {
                            const nanoseconds until =
                                i + 1 < steps.size() ? steps[i + 1].offset : end;
                            if (steps[i].vus > 0)
                              sum += std::max(until - steps[i].offset, nanoseconds(0));
                          }
                          return sum;
                        },
                        // What others ask for meanwhile decides.
                        [](const auto&) { return nanoseconds(0); },
                    },
                    scenario.executor);
}

}  // namespace

Result<plan::ExecutionTuple> ShareOf(const plan::Options& options, int number, int agents) {
  const auto sequence = plan::EqualSequence(agents);
  LOADCTL_TRY(const plan::ExecutionTuple run, plan::TupleOf(options));
  LOADCTL_TRY(const plan::ExecutionTuple part,
              plan::ExecutionTuple::Make(sequence.segments[static_cast<std::size_t>(number - 1)],
                                         sequence));
  return plan::ExecutionTuple::Within(run, part);
}

std::string WhyWrong(const v1::RunDone& done, const plan::Options& options) {
  const std::string odd = "its counts of iterations contradict themselves";
  if (!AreCounts(done)) return odd;
  const auto& all = done.scenarios();
  if (static_cast<std::size_t>(all.size()) != options.scenarios.size())
    return "it counted other scenarios than the plan has";
  for (const auto& scenario : options.scenarios)
    if (Find(done, scenario.name) == nullptr) return "it counted other scenarios than the plan has";
  v1::ScenarioCounts sum;
  for (const auto& one : all) {
    if (!AreCounts(one)) return odd;
    sum.set_started(SaturatingAdd(sum.started(), one.started()));
    sum.set_dropped(SaturatingAdd(sum.dropped(), one.dropped()));
    sum.set_complete(SaturatingAdd(sum.complete(), one.complete()));
    sum.set_interrupted(SaturatingAdd(sum.interrupted(), one.interrupted()));
    sum.set_exceptions(SaturatingAdd(sum.exceptions(), one.exceptions()));
  }
  const bool same = sum.started() == done.started() && sum.dropped() == done.dropped() &&
                    sum.complete() == done.complete() && sum.interrupted() == done.interrupted() &&
                    sum.exceptions() == done.exceptions();
  return same ? "" : odd;
}

std::int64_t PlannedIterations(const v1::RunDone& done, const plan::Options& options,
                               const plan::ExecutionTuple& share) {
  std::int64_t sum = 0;
  for (const auto& scenario : options.scenarios) {
    const auto* counts = Find(done, scenario.name);
    const std::int64_t had =
        counts == nullptr ? 0 : SaturatingAdd(counts->started(), counts->dropped());
    sum = SaturatingAdd(sum, plan::PlannedIterations(scenario, share).value_or(had));
  }
  return sum;
}

std::string WhyShort(const v1::RunDone& done, const plan::Options& options,
                     const plan::ExecutionTuple& share) {
  for (const auto& scenario : options.scenarios) {
    const auto* counts = Find(done, scenario.name);
    if (counts == nullptr) continue;
    const auto planned = plan::PlannedIterations(scenario, share);
    const std::int64_t had = SaturatingAdd(counts->started(), counts->dropped());
    if (planned && *planned != had) {
      return "started " + std::to_string(counts->started()) + " and dropped " +
             std::to_string(counts->dropped()) + " of the " + std::to_string(*planned) +
             " iterations of scenario " + scenario.name + " that the plan gives it";
    }
  }
  const auto& scenarios = options.scenarios;
  const auto looped = std::find_if(scenarios.begin(), scenarios.end(), [&](const auto& scenario) {
    return LoopingTime(scenario, share) >= 1s;
  });
  if (done.started() == 0 && looped != scenarios.end())
    return "started no iteration, not even of scenario " + looped->name;
  return "";
}

}  // namespace loadctl::controller
