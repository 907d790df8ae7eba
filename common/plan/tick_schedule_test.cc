#include "common/plan/tick_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

ConstantArrivalRate Constant(std::int64_t rate, nanoseconds unit, nanoseconds duration) {
  return {rate, unit, duration, {}};
}

RampingArrivalRate Ramping(std::int64_t start, nanoseconds unit,
                           std::vector<std::pair<nanoseconds, std::int64_t>> stages) {
  RampingArrivalRate config{start, unit, {}, {}};
  for (const auto& [duration, target] : stages) config.stages.push_back({duration, target});
  return config;
}

TEST(TickSchedule, AConstantRateHasItsCountWhateverThePeriod) {
  EXPECT_EQ(TickSchedule(Constant(100, 1s, 3s)).Count(), 300);
  EXPECT_EQ(TickSchedule(Constant(3, 1s, 1s)).Count(), 3);
  EXPECT_EQ(TickSchedule(Constant(7, 3s, 1s)).Count(), 3);  // 0, 428 ms, 857 ms
  EXPECT_EQ(TickSchedule(Constant(1'000'000'000, 1s, 24h)).Count(), 86'400'000'000'000);
  EXPECT_EQ(TickSchedule(Constant(INT64_MAX, 1ns, 24h)).Count(), INT64_MAX);
}

TEST(TickSchedule, AConstantRateDoesNotDrift) {
  const TickSchedule schedule(Constant(3, 1s, 24h));
  EXPECT_EQ(schedule.Due(0), 0ns);
  EXPECT_EQ(schedule.Due(1), 333333333ns);
  EXPECT_EQ(schedule.Due(2), 666666666ns);
  EXPECT_EQ(schedule.Due(3), 1s);
  EXPECT_EQ(schedule.Due(3 * 3600 * 23), 23h);
}

// The example of k6's documentation of its own arithmetic.
TEST(TickSchedule, ARampFollowsTheIntegralOfTheRate) {
  const TickSchedule schedule(Ramping(0, 1s, {{5s, 1}, {1s, 1}, {5s, 0}}));
  ASSERT_EQ(schedule.Count(), 6);
  const std::vector<double> seconds = {3.162, 4.472, 5.5, 6.527, 7.837, 11};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    EXPECT_NEAR(std::chrono::duration<double>(schedule.Due(static_cast<std::int64_t>(i))).count(),
                seconds[i], 0.001);
  }
}

TEST(TickSchedule, StagesOfNoLengthJump) {
  const TickSchedule schedule(Ramping(10, 1s, {{1s, 10}, {0s, 100}, {1s, 100}}));
  ASSERT_EQ(schedule.Count(), 110);
  EXPECT_EQ(schedule.Due(9), 1s);
  EXPECT_EQ(schedule.Due(10), 1s + 10ms);
  EXPECT_EQ(schedule.Due(109), 2s);
  EXPECT_EQ(schedule.RateAt(500ms), 10);
  EXPECT_EQ(schedule.RateAt(1500ms), 100);
}

/// Twice the integral, times the stages' lengths' product, in integers: the reference.
bool Reached(const RampingArrivalRate& config, std::int64_t index, std::int64_t time) {
  __int128 left = static_cast<__int128>(index + 1) * 2 * config.time_unit.count();
  std::int64_t rate = config.start_rate, begin = 0;
  for (const Stage& stage : config.stages) {
    const std::int64_t length = stage.duration->count();
    const std::int64_t x = std::clamp<std::int64_t>(time - begin, 0, length);
    if (length > 0 && x < length) {
      const __int128 part = static_cast<__int128>(*stage.target - rate) * x * x +
                            static_cast<__int128>(2) * rate * x * length;
      return part >= left * length;
    }
    left -= static_cast<__int128>(rate + *stage.target) * length;
    rate = *stage.target;
    begin += length;
  }
  return left <= 0;
}

TEST(TickSchedule, IsExactToTheNanosecondAndMonotoneOver24Hours) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int round = 0; round < 60; ++round) {
    RampingArrivalRate config = Ramping(below(2000), round % 3 == 0 ? 1min : 1s, {});
    const std::int64_t stages = 1 + below(8);
    for (std::int64_t i = 0; i < stages; ++i) {
      const std::int64_t target = below(3) == 0 ? 0 : below(round % 5 == 0 ? 100'000 : 1000);
      config.stages.push_back({nanoseconds(below(2 * 86'400'000'000'000 / stages)), target});
    }
    const TickSchedule schedule(config);
    if (schedule.Count() == 0) continue;
    nanoseconds before{0};
    std::vector<std::int64_t> probes = {0, schedule.Count() - 1};
    for (int i = 0; i < 300; ++i) probes.push_back(below(schedule.Count()));
    for (int i = 0; i < 100; ++i)
      probes.push_back(std::min(probes[static_cast<std::size_t>(i)] + 1, schedule.Count() - 1));
    std::sort(probes.begin(), probes.end());
    for (const std::int64_t index : probes) {
      const nanoseconds due = schedule.Due(index);
      EXPECT_GE(due, before) << index;
      before = due;
      // Rounded down: a nanosecond later the integral has been reached, two before it had not.
      EXPECT_TRUE(Reached(config, index, due.count() + 1)) << index;
      EXPECT_FALSE(due.count() > 1 && Reached(config, index, due.count() - 1)) << index;
    }
  }
}

TEST(TickSchedule, AgentsTogetherHaveEachTickOnce) {
  for (const std::int64_t agents : {1, 2, 3, 7, 16}) {
    Scenario scenario;
    scenario.executor =
        RampingArrivalRate{5, 1s, {{2s, 400}, {3s, 0}}, {.pre_allocated = 10, .max = 23}};
    const TickSchedule schedule(std::get<RampingArrivalRate>(scenario.executor));
    const SegmentSequence sequence = EqualSequence(agents);
    std::vector<int> seen(static_cast<std::size_t>(schedule.Count()));
    for (const Segment& segment : sequence.segments) {
      const auto tuple = ExecutionTuple::Make(segment, sequence).value();
      const auto ticks = IterationTuple(scenario, tuple);
      const std::int64_t own = IterationsOf(scenario, tuple).value();
      for (std::int64_t i = 0; i < own; ++i)
        ++seen.at(static_cast<std::size_t>(ticks->GlobalNumber(i + 1) - 1));
    }
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; })) << agents;
  }
}

}  // namespace
}  // namespace loadctl::plan
