#include "controller/run/agents_needed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using plan::ExecutionTuple;
using plan::Scenario;

Scenario Looping(const std::string& name, std::int64_t vus, std::chrono::seconds start = 0s) {
  Scenario scenario;
  scenario.name = name;
  scenario.executor = plan::ConstantVus{vus, 60s};
  scenario.start_time = start;
  scenario.graceful_stop = 0s;
  return scenario;
}
Scenario Arriving(const std::string& name, std::int64_t rate, std::int64_t vus) {
  Scenario scenario;
  scenario.name = name;
  plan::ConstantArrivalRate executor;
  executor.rate = rate;
  executor.duration = 60s;
  executor.vus.pre_allocated = vus;
  scenario.executor = executor;
  return scenario;
}

/// Of one agent with two workers that had 4 GB.
summary::Summary Measured(std::chrono::milliseconds cpu, std::int64_t complete) {
  summary::Summary summary;
  auto& entry = *summary.add_ledger();
  entry.mutable_iterations()->set_complete(complete);
  auto& health = *entry.mutable_health();
  health.set_workers(2);
  health.set_memory_peak_bytes(std::int64_t{64} << 20);
  health.set_memory_available_bytes(std::int64_t{4} << 30);
  health.set_most_vus(40'000);
  health.mutable_cpu()->set_used_ns(std::chrono::nanoseconds(cpu).count());
  return summary;
}
void Add(summary::Summary& summary, const std::string& name, std::int64_t complete,
         std::chrono::microseconds vu_time) {
  auto& counts = *summary.mutable_ledger(0)->mutable_iterations()->add_scenarios();
  counts.set_name(name);
  counts.set_complete(complete);
  counts.set_vu_time_us(vu_time.count());
}

TEST(AgentsNeeded, ATenthOfTheVusOfEachScenarioIsMeasuredAtOnce) {
  const std::vector<Scenario> plan = {Looping("a", 3), Looping("b", 200, 20s),
                                      Arriving("c", 10, 5000)};
  const auto small = CalibrationOf(plan, ExecutionTuple());
  ASSERT_EQ(small.size(), 3u);
  for (const auto& [name, vus] : {std::pair("a", 1), {"b", 20}, {"c", 40}}) {
    const auto one = std::find_if(small.begin(), small.end(),
                                  [&](const auto& scenario) { return scenario.name == name; });
    EXPECT_EQ(plan::VusOf(*one, ExecutionTuple()), vus) << name;
    EXPECT_EQ(plan::RegularDuration(*one), 3s);
    EXPECT_EQ(one->start_time, 0s);
  }
  EXPECT_TRUE(plan::CheckScenarios(small));
}

TEST(AgentsNeeded, LoopingVusByHowLongAnIterationTakes) {
  // 100 VUs made 600 iterations in 3 s: half a second and 10 ms of CPU each.
  auto summary = Measured(6000ms, 600);
  Add(summary, "a", 600, 300s);
  const std::vector<Scenario> plan = {Looping("a", 1000)};
  const auto needed = NeededBy(plan, ExecutionTuple(), summary);
  ASSERT_TRUE(needed) << needed.error().message;
  EXPECT_EQ(needed->vus, 1000);
  EXPECT_DOUBLE_EQ(needed->iterations_per_second, 2000);
  EXPECT_DOUBLE_EQ(needed->cores, 20);
  EXPECT_EQ(needed->by_limits, 1);
  EXPECT_EQ(needed->by_machine, 15);  // 2 workers at 70 % are 1.4 cores
}

TEST(AgentsNeeded, AFixedNumberOfIterationsMayTakeASecond) {
  auto summary = Measured(3000ms, 3'000'000);
  Add(summary, "a", 3'000'000, 3s);
  std::vector<Scenario> plan = {Looping("a", 10)};
  EXPECT_DOUBLE_EQ(NeededBy(plan, ExecutionTuple(), summary)->iterations_per_second, 10'000'000);
  plan[0].executor = plan::SharedIterations{10, 4000};
  EXPECT_DOUBLE_EQ(NeededBy(plan, ExecutionTuple(), summary)->iterations_per_second, 4000);
  plan[0].executor = plan::PerVuIterations{10, 50};
  EXPECT_DOUBLE_EQ(NeededBy(plan, ExecutionTuple(), summary)->iterations_per_second, 500);
}

TEST(AgentsNeeded, ArrivalRatesSayThemselvesHowManyIterationsThereAre) {
  auto summary = Measured(30ms, 300);
  Add(summary, "a", 300, 3s);
  const std::vector<Scenario> plan = {Arriving("a", 28'000, 90'000)};
  const auto needed = NeededBy(plan, ExecutionTuple(), summary);
  ASSERT_TRUE(needed) << needed.error().message;
  EXPECT_DOUBLE_EQ(needed->cores, 2.8);
  EXPECT_EQ(needed->by_limits, 3);    // 40,000 VUs each
  EXPECT_EQ(needed->by_machine, 11);  // 90,000 VUs of 400 KiB, and 80 % of 4 GB
}

TEST(AgentsNeeded, ARateBeyondAllMachinesIsANumberStill) {
  auto summary = Measured(30ms, 300);
  Add(summary, "a", 300, 3s);
  std::vector<Scenario> plan = {Arriving("a", std::numeric_limits<std::int64_t>::max(), 10)};
  std::get<plan::ConstantArrivalRate>(plan[0].executor).time_unit = 1ns;
  EXPECT_EQ(NeededBy(plan, ExecutionTuple(), summary)->by_machine, 1'000'000'000);
}

TEST(AgentsNeeded, ScenariosThatFollowOneAnotherAreNotAddedUp) {
  auto summary = Measured(600ms, 600);
  Add(summary, "a", 300, 300s);
  Add(summary, "b", 300, 300s);
  const std::vector<Scenario> after = {Looping("a", 100), Looping("b", 100, 60s)};
  const std::vector<Scenario> beside = {Looping("a", 100), Looping("b", 100, 59s)};
  EXPECT_DOUBLE_EQ(NeededBy(after, ExecutionTuple(), summary)->iterations_per_second, 100);
  EXPECT_DOUBLE_EQ(NeededBy(beside, ExecutionTuple(), summary)->iterations_per_second, 200);
}

TEST(AgentsNeeded, IterationsThatOutlastTheMeasurementCountAsLongAsTheyTook) {
  auto summary = Measured(100ms, 10);
  Add(summary, "a", 10, 30s);  // ten VUs, each 3 s of its 20
  auto& metric = *summary.add_metrics();
  metric.set_name("iteration_duration");
  auto& stat = *metric.mutable_trend()->add_stats();
  stat.set_name("avg");
  stat.set_value(20'000);
  const std::vector<Scenario> plan = {Looping("a", 100)};
  EXPECT_DOUBLE_EQ(NeededBy(plan, ExecutionTuple(), summary)->iterations_per_second, 5);
}

TEST(AgentsNeeded, NothingIsMadeOfNothing) {
  const std::vector<Scenario> plan = {Looping("a", 100), Looping("b", 1)};
  EXPECT_FALSE(NeededBy(plan, ExecutionTuple(), summary::Summary()));
  EXPECT_EQ(NeededBy(plan, ExecutionTuple(), Measured(0ms, 0)).error().message,
            "no iteration ended within 33 seconds");
  auto summary = Measured(10ms, 10);
  Add(summary, "a", 10, 3s);
  EXPECT_EQ(NeededBy(plan, ExecutionTuple(), summary).error().message,
            "no iteration of scenario b ended within 33 seconds");
}

}  // namespace
}  // namespace loadctl::controller
