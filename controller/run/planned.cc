#include "controller/run/planned.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <variant>

#include "common/base/saturating.h"
#include "common/plan/planned_iterations.h"
#include "common/plan/ramp.h"
#include "common/plan/scenario.h"
#include "common/plan/tick_schedule.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// An agent counts by plan, not by when it came to it: the rest is rounding, of many steps.
constexpr double kMostVuSecondsShort = 1;
// The agent goes by its own clock, whose start it was told by way of the network, and which may be
// slewed by 0.05 % one way and ours the other.
constexpr nanoseconds kMostEarly = 1s;
constexpr std::int64_t kClocksDiffer = 500;

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

/// What the agent has for a scenario that only time ends.
struct Looping {
  nanoseconds time{0};    ///< with any VUs
  double vu_seconds = 0;  ///< of each VU by itself, summed

  void Add(std::int64_t vus, nanoseconds length) {
    if (vus <= 0 || length <= nanoseconds(0)) return;
    time += length;
    vu_seconds += static_cast<double>(vus) * std::chrono::duration<double>(length).count();
  }
};

Looping LoopingOf(const plan::Scenario& scenario, const plan::ExecutionTuple& share,
                  const Witnessed& witnessed) {
  Looping out;
  const nanoseconds end = plan::RegularDuration(scenario);
  if (const auto* ramp = std::get_if<plan::RampingVus>(&scenario.executor)) {
    const auto steps = plan::RampStepsOf(*ramp, share);
    for (std::size_t i = 0; i < steps.size(); ++i)
      out.Add(steps[i].vus, (i + 1 < steps.size() ? steps[i + 1].offset : end) - steps[i].offset);
  } else if (std::holds_alternative<plan::ConstantVus>(scenario.executor)) {
    out.Add(plan::VusOf(scenario, share), end);
  } else if (const auto* external = std::get_if<plan::ExternallyControlled>(&scenario.executor)) {
    if (scenario.name == witnessed.scaled) {
      out.vu_seconds = witnessed.scaled_vu_seconds;
    } else if (end != nanoseconds::max()) {
      out.Add(share.Scale(external->vus), end);
    }
  }
  // Of the rest iterations are known.
  return out;
}

/// When the scenario has ended at the earliest, by the plan, counted from its start; 0 where its
/// iterations alone decide.
nanoseconds EarliestEnd(const plan::Scenario& scenario, const plan::ExecutionTuple& share) {
  const nanoseconds regular = plan::RegularDuration(scenario);
  if (std::holds_alternative<plan::ExternallyControlled>(scenario.executor)) return regular;
  if (!plan::HasWork(scenario, share)) return nanoseconds(0);
  if (const auto* ramp = std::get_if<plan::RampingVus>(&scenario.executor)) {
    const auto steps = plan::RampStepsOf(*ramp, share);
    return !steps.empty() && steps.back().vus == 0 ? steps.back().offset : regular;
  }
  const std::int64_t iterations = plan::IterationsOf(scenario, share).value_or(0);
  if (const auto* rate = std::get_if<plan::RampingArrivalRate>(&scenario.executor)) {
    const auto tuple = plan::IterationTuple(scenario, share);
    if (!tuple || iterations == 0) return nanoseconds(0);
    return plan::TickSchedule(*rate).Due(tuple->GlobalNumber(iterations) - 1);
  }
  const bool for_its_time =
      std::holds_alternative<plan::ConstantVus>(scenario.executor) ||
      (std::holds_alternative<plan::ConstantArrivalRate>(scenario.executor) && iterations > 0);
  return for_its_time ? regular : nanoseconds(0);
}

bool AreIterationsItsEnd(const plan::Scenario& scenario) {
  return std::holds_alternative<plan::SharedIterations>(scenario.executor) ||
         std::holds_alternative<plan::PerVuIterations>(scenario.executor);
}

/// VUs whose number falls may be cut off at any time.
bool FallsMeanwhile(const plan::Scenario& scenario) {
  return std::holds_alternative<plan::RampingVus>(scenario.executor) ||
         std::holds_alternative<plan::ExternallyControlled>(scenario.executor);
}

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", seconds);
  return text;
}

std::string Seconds(nanoseconds time) {
  return Seconds(std::chrono::duration<double>(time).count());
}

nanoseconds Sum(nanoseconds a, nanoseconds b) {
  return nanoseconds(SaturatingAdd(a.count(), b.count()));
}

/// Why this cannot have come about within `lasted`; empty if it can.
std::string WhyTooEarly(const v1::ScenarioCounts& counts, const plan::Scenario& scenario,
                        const plan::ExecutionTuple& share, nanoseconds lasted) {
  const auto before = [&](nanoseconds due) {
    return Sum(scenario.start_time, due) > Sum(lasted, kMostEarly + lasted / kClocksDiffer);
  };
  const auto says = [&](const std::string& what, nanoseconds due) {
    const std::string planned =
        due == nanoseconds::max()
            ? "which has no end of its own"
            : "which by the plan is not before " + Seconds(Sum(scenario.start_time, due)) + "s";
    return what + " " + scenario.name + " within " + Seconds(lasted) + "s, " + planned;
  };
  const nanoseconds regular = plan::RegularDuration(scenario);
  const nanoseconds end = EarliestEnd(scenario, share);
  if (before(end)) return says("ended scenario", end);
  if (counts.dropped() > 0 && AreIterationsItsEnd(scenario) && before(regular))
    return says("left out iterations of scenario", regular);
  const nanoseconds cut = Sum(regular, scenario.graceful_stop);
  if (counts.interrupted() > 0 && !FallsMeanwhile(scenario) && before(cut))
    return says("cut off iterations of scenario", cut);
  return "";
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
    if (!AreCounts(one) || one.vu_time_us() < 0) return odd;
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
                     const plan::ExecutionTuple& share, const Witnessed& witnessed) {
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
    return LoopingOf(scenario, share, witnessed).time >= 1s;
  });
  if (done.started() == 0 && looped != scenarios.end())
    return "started no iteration, not even of scenario " + looped->name;
  for (const auto& scenario : scenarios) {
    const double owed = LoopingOf(scenario, share, witnessed).vu_seconds;
    const auto* counts = Find(done, scenario.name);
    const double had = counts == nullptr ? 0 : static_cast<double>(counts->vu_time_us()) / 1e6;
    if (owed - had > kMostVuSecondsShort) {
      return "had VUs for " + Seconds(had) + " of the " + Seconds(owed) +
             " VU-seconds of scenario " + scenario.name + " that the plan gives it";
    }
    const std::string early =
        counts == nullptr ? "" : WhyTooEarly(*counts, scenario, share, witnessed.lasted);
    if (!early.empty()) return early;
  }
  return "";
}

}  // namespace loadctl::controller
