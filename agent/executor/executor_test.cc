// Executors under a virtual clock: VUs are simulated, so that ten minutes take no time.
#include "agent/executor/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <string>

#include "agent/executor/run_test_world.h"
#include "common/plan/ramp.h"
#include "common/plan/tick_schedule.h"

namespace loadctl::executor {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// What one agent did.
struct Outcome {
  std::int64_t started = 0, dropped = 0;
  std::set<std::int64_t> in_test;  ///< iterationInTest of each
};

plan::Scenario With(plan::ExecutorConfig config) {
  plan::Scenario scenario;
  scenario.name = "a";
  scenario.executor = std::move(config);
  return scenario;
}

plan::ExecutionTuple Agent(std::int64_t agent, std::int64_t agents) {
  const auto sequence = plan::EqualSequence(agents);
  return plan::ExecutionTuple::Make(sequence.segments[static_cast<std::size_t>(agent)], sequence)
      .value();
}

/// Runs the looping VUs of one agent; `takes` gives an iteration's length.
Outcome Loop(const plan::Scenario& scenario, const plan::ExecutionTuple& tuple,
             const std::function<nanoseconds()>& takes) {
  Outcome outcome;
  if (!plan::HasWork(scenario, tuple)) return outcome;
  const TimePoint start = TimePoint(1h);
  const auto executor = MakeExecutor(scenario, tuple, start);
  const auto numbers = plan::IterationTuple(scenario, tuple);
  std::vector<Turn> turns(static_cast<std::size_t>(plan::VusOf(scenario, tuple)));
  using Free = std::pair<TimePoint, std::size_t>;  // when which VU is free
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (std::size_t vu = 0; vu < turns.size(); ++vu) free.emplace(start, vu);
  while (!free.empty()) {
    const auto [now, vu] = free.top();
    free.pop();
    if (!executor->Next(turns[vu], now)) {
      outcome.dropped += executor->DroppedBy(turns[vu]);
      continue;
    }
    ++turns[vu].started;
    outcome.in_test.insert(numbers->GlobalNumber(++outcome.started) - 1);
    free.emplace(now + takes(), vu);
  }
  outcome.dropped += executor->DroppedByAll();
  return outcome;
}

/// All agents together; iteration numbers must be each agent's own.
Outcome LoopAll(const plan::Scenario& scenario, std::int64_t agents,
                const std::function<nanoseconds()>& takes) {
  Outcome all;
  for (std::int64_t agent = 0; agent < agents; ++agent) {
    const Outcome one = Loop(scenario, Agent(agent, agents), takes);
    all.started += one.started;
    all.dropped += one.dropped;
    all.in_test.insert(one.in_test.begin(), one.in_test.end());
  }
  EXPECT_EQ(static_cast<std::int64_t>(all.in_test.size()), all.started) << agents << " agents";
  return all;
}

constexpr std::int64_t kAgents[] = {1, 2, 3, 7, 16};

TEST(Executor, ConstantVusStartNothingAfterTheDuration) {
  for (const std::int64_t agents : kAgents) {
    const auto all = LoopAll(With(plan::ConstantVus{20, 10min}), agents, [] { return 7s; });
    // 0 s, 7 s, ... 595 s.
    EXPECT_EQ(all.started, 20 * 86) << agents;
    EXPECT_EQ(all.dropped, 0) << agents;
  }
}

TEST(Executor, PerVuIterationsAreForEachVuOfAllAgents) {
  for (const std::int64_t agents : kAgents) {
    const auto scenario = With(plan::PerVuIterations{20, 11, 10min});
    EXPECT_EQ(LoopAll(scenario, agents, [] { return 1s; }).started, 220) << agents;
    const auto cut = LoopAll(scenario, agents, [] { return 100s; });
    EXPECT_EQ(cut.started, 20 * 6) << agents;
    EXPECT_EQ(cut.dropped, 20 * 5) << agents;
  }
}

TEST(Executor, SharedIterationsAreStartedOnceWhateverTheVusAreLike) {
  std::mt19937_64 random(7);
  for (const std::int64_t agents : kAgents) {
    const auto scenario = With(plan::SharedIterations{20, 301, 10min});
    const auto all =
        LoopAll(scenario, agents, [&] { return std::chrono::milliseconds(random() % 5000); });
    EXPECT_EQ(all.started, 301) << agents;
    EXPECT_EQ(all.dropped, 0) << agents;
    const auto cut = LoopAll(scenario, agents, [] { return 9min; });
    EXPECT_EQ(cut.started, 40) << agents;
    EXPECT_EQ(cut.dropped, 261) << agents;
  }
}

TEST(ScenarioRun, PlannedIterationsStayAtTheLargestNumber) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  struct Case {
    std::int64_t vus, iterations, planned;
  };
  for (const auto& [vus, iterations, planned] : {
           Case{3, 7, 21},
           Case{3, kMost / 3, kMost / 3 * 3},
           Case{3, kMost / 3 + 1, kMost},
           Case{3, 9'000'000'000'000'000'000, kMost},
           Case{4, std::int64_t{1} << 62, kMost},
           Case{1, kMost, kMost},
       }) {
    TestAgent agent("export default function() {}", 1, 0);
    const auto run = agent.Make(plan::PerVuIterations{vus, iterations, 1s}, [] {});
    EXPECT_EQ(run->PlannedIterations(), planned) << vus << " VUs, " << iterations;
  }
}

/// Ticks of one agent on `vus` VUs: when each starts, and what is dropped.
Outcome Arrive(const plan::Scenario& scenario, const plan::ArrivalVus& vus,
               const plan::TickSchedule& schedule, const plan::ExecutionTuple& tuple,
               const std::function<nanoseconds()>& takes, std::multiset<nanoseconds>& starts) {
  Outcome outcome;
  const auto numbers = plan::IterationTuple(scenario, tuple);
  if (!numbers) return outcome;
  std::multiset<nanoseconds> free;  // when VUs are
  for (std::int64_t i = 0; i < tuple.Scale(vus.Planned()); ++i) free.insert(0ns);
  const std::int64_t ticks = plan::IterationsOf(scenario, tuple).value();
  for (std::int64_t i = 0; i < ticks; ++i) {
    const nanoseconds due = schedule.Due(numbers->GlobalNumber(i + 1) - 1);
    if (free.empty() || *free.begin() > due) {
      ++outcome.dropped;
      continue;
    }
    free.erase(free.begin());
    outcome.in_test.insert(numbers->GlobalNumber(++outcome.started) - 1);
    starts.insert(due);
    free.insert(due + takes());
  }
  return outcome;
}

template <typename Rate>
void ExpectTheUnionToBeTheWhole(const Rate& rate) {
  const auto scenario = With(rate);
  const plan::TickSchedule schedule(rate);
  std::multiset<nanoseconds> whole;
  Arrive(
      scenario, rate.vus, schedule, plan::ExecutionTuple(), [] { return 1ns; }, whole);
  EXPECT_EQ(static_cast<std::int64_t>(whole.size()), schedule.Count());
  for (const std::int64_t agents : kAgents) {
    std::multiset<nanoseconds> together;
    std::set<std::int64_t> in_test;
    for (std::int64_t agent = 0; agent < agents; ++agent) {
      const auto one = Arrive(
          scenario, rate.vus, schedule, Agent(agent, agents), [] { return 1ns; }, together);
      in_test.insert(one.in_test.begin(), one.in_test.end());
    }
    EXPECT_EQ(together, whole) << agents << " agents";
    EXPECT_EQ(static_cast<std::int64_t>(in_test.size()), schedule.Count());
  }
}

TEST(Executor, AConstantArrivalRateIsTheSameForAllAgentsTogether) {
  ExpectTheUnionToBeTheWhole(
      plan::ConstantArrivalRate{97, 1s, 10min, {.pre_allocated = 33, .max = 40}});
}

TEST(Executor, ARampingArrivalRateIsTheSameForAllAgentsTogether) {
  ExpectTheUnionToBeTheWhole(plan::RampingArrivalRate{
      3, 1s, {{5min, 200}, {0s, 20}, {5min, 0}}, {.pre_allocated = 33, .max = 40}});
}

// Erlang's loss formula: 80 busy of 100 on average lose 0.4 %, whatever the lengths' distribution.
TEST(Executor, AnArrivalRateLosesWhatTheoryLoses) {
  const plan::ConstantArrivalRate rate{100, 1s, 2h, {.pre_allocated = 100, .max = {}}};
  std::mt19937_64 random(11);
  std::exponential_distribution<double> length(1 / 0.8);
  std::multiset<nanoseconds> starts;
  const auto outcome = Arrive(
      With(rate), rate.vus, plan::TickSchedule(rate), plan::ExecutionTuple(),
      [&] { return nanoseconds(static_cast<std::int64_t>(length(random) * 1e9)); }, starts);
  EXPECT_EQ(outcome.started + outcome.dropped, 720'000);
  // Regular arrivals lose less than random ones, for which the formula is.
  EXPECT_LT(outcome.dropped, 720'000 * 4 / 1000);
}

}  // namespace
}  // namespace loadctl::executor
