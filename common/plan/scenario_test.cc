#include "common/plan/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

ExecutionTuple Third(std::size_t i) {
  const SegmentSequence thirds = EqualSequence(3);
  return ExecutionTuple::Make(thirds.segments[i], thirds).value();
}

Scenario Named(std::string name, ExecutorConfig executor) {
  Scenario scenario;
  scenario.name = std::move(name);
  scenario.executor = std::move(executor);
  return scenario;
}

TEST(Scenario, DescribesItselfAsK6Does) {
  const ExecutionTuple whole;
  EXPECT_EQ(Describe(Named("default", ConstantVus{10, 30s}), whole),
            "10 looping VUs for 30s (gracefulStop: 30s)");
  EXPECT_EQ(Describe(Named("default", PerVuIterations{}), whole),
            "1 iterations for each of 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)");
  EXPECT_EQ(Describe(Named("default", SharedIterations{2, 10, 1s}), whole),
            "10 iterations shared among 2 VUs (maxDuration: 1s, gracefulStop: 30s)");
  Scenario a = Named("a", ConstantVus{10, 1s});
  a.exec = "default";
  a.graceful_stop = 1230ms;
  EXPECT_EQ(Describe(a, whole), "10 looping VUs for 1s (exec: default, gracefulStop: 1.23s)");
  Scenario b = Named("b", PerVuIterations{3, 2, 1min});
  b.start_time = 500ms;
  b.graceful_stop = 0s;
  EXPECT_EQ(Describe(b, whole),
            "2 iterations for each of 3 VUs (maxDuration: 1m0s, startTime: 500ms)");
  a.exec.reset();
  a.graceful_stop = 0s;
  EXPECT_EQ(Describe(a, whole), "10 looping VUs for 1s");
}

TEST(Scenario, DescribesASegmentsShare) {
  const auto third = ExecutionTuple::Make(ParseSegment("1/3").value(), std::nullopt).value();
  EXPECT_EQ(Describe(Named("default", SharedIterations{10, 10}), third),
            "3 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)");
}

TEST(Scenario, ValidatesInTheWordsOfK6) {
  Scenario a = Named("a b", ConstantVus{0, 1s});
  a.exec = "";
  a.graceful_stop = -1s;
  EXPECT_THAT(
      ValidateScenario(a),
      ElementsAre("the scenario name should contain only numbers, latin letters, "
                  "underscores, and dashes",
                  "exec value cannot be empty", "the gracefulStop timeout can't be negative",
                  "the number of VUs must be more than 0"));
  Scenario b = Named("b", PerVuIterations{-3, 0, 1ms});
  b.start_time = -1ms;
  EXPECT_THAT(ValidateScenario(b), ElementsAre("the startTime can't be negative",
                                               "the number of VUs must be more than 0",
                                               "the number of iterations must be more than 0",
                                               "the maxDuration must be at least 1s, but is 1ms"));
  EXPECT_THAT(ValidateScenario(Named("c", ConstantVus{1, 1ms})),
              ElementsAre("the duration must be at least 1s, but is 1ms"));
  EXPECT_THAT(ValidateScenario(Named("d", ConstantVus{})),
              ElementsAre("the duration is unspecified"));
  EXPECT_THAT(ValidateScenario(Named("e", SharedIterations{5, 2})),
              ElementsAre("the number of iterations (2) can't be less than the number of VUs (5)"));
  EXPECT_TRUE(ValidateScenario(Named("f", SharedIterations{5, 5})).empty());
  EXPECT_THAT(ValidateScenario(Named("g", SharedIterations{kMaxVus + 1, kMaxVus + 1})),
              ElementsAre("the number of VUs must be at most 1000000"));
}

TEST(Scenario, SplitsVusAndIterationsOverAgents) {
  const Scenario shared = Named("s", SharedIterations{10, 1000});
  EXPECT_EQ(VusOf(shared, Third(0)), 4);
  EXPECT_EQ(VusOf(shared, Third(1)), 3);
  EXPECT_EQ(IterationsOf(shared, Third(0)), 400);
  EXPECT_EQ(IterationsOf(shared, Third(1)), 300);
  EXPECT_EQ(IterationTuple(shared, Third(0))->sequence().ToString(), "0,2/5,7/10,1");
  const Scenario per_vu = Named("p", PerVuIterations{10, 7});
  EXPECT_EQ(IterationsOf(per_vu, Third(2)), 7);
  EXPECT_EQ(IterationsOf(Named("c", ConstantVus{10, 1s}), Third(2)), std::nullopt);
}

TEST(Scenario, OfTheMostVusIsStillSplit) {
  const Scenario most = Named("s", SharedIterations{kMaxVus - 1, kMaxVus});
  std::int64_t iterations = 0;
  for (std::size_t i = 0; i < 3; ++i) iterations += IterationsOf(most, Third(i)).value();
  EXPECT_EQ(iterations, kMaxVus);
}

TEST(Scenario, WithoutVusHasNoWork) {
  for (const ExecutorConfig& executor :
       {ExecutorConfig(ConstantVus{2, 1s}), ExecutorConfig(PerVuIterations{2, 1}),
        ExecutorConfig(SharedIterations{2, 2})}) {
    const Scenario scenario = Named("s", executor);
    EXPECT_TRUE(HasWork(scenario, Third(0)));
    EXPECT_TRUE(HasWork(scenario, Third(1)));
    EXPECT_FALSE(HasWork(scenario, Third(2)));
    EXPECT_FALSE(IterationTuple(scenario, Third(2)).has_value());
  }
}

TEST(Scenario, SharesOfRandomPartitionsSumToTheWhole) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    SegmentSequence sequence;
    Rational from;
    const auto whole = static_cast<std::int64_t>(random() % 30 + 1);
    for (std::int64_t at = 0; at < whole;) {
      at = std::min<std::int64_t>(whole, at + 1 + static_cast<std::int64_t>(random() % 9));
      const Rational to = Rational::Make(at, whole).value();
      sequence.segments.push_back({from, to});
      from = to;
    }
    const auto vus = static_cast<std::int64_t>(random() % 40 + 1);
    const auto iterations = vus + static_cast<std::int64_t>(random() % 1000);
    const Scenario scenario = Named("s", SharedIterations{vus, iterations});
    std::int64_t vu_sum = 0;
    std::int64_t iteration_sum = 0;
    for (const Segment& segment : sequence.segments) {
      const auto tuple = ExecutionTuple::Make(segment, sequence).value();
      vu_sum += VusOf(scenario, tuple);
      iteration_sum += IterationsOf(scenario, tuple).value();
    }
    ASSERT_EQ(vu_sum, vus) << sequence.ToString();
    ASSERT_EQ(iteration_sum, iterations) << sequence.ToString();
  }
}

TEST(Requirements, MergeStepsOfAllScenarios) {
  std::vector<Scenario> scenarios = {Named("late", ConstantVus{4, 10s}),
                                     Named("early", ConstantVus{3, 10s})};
  scenarios[0].start_time = 5s;
  scenarios[0].graceful_stop = scenarios[1].graceful_stop = 0s;
  const ExecutionRequirements needs = RequirementsOf(scenarios, {});
  EXPECT_THAT(needs.steps, ElementsAre(ExecutionStep{0s, 3, 0}, ExecutionStep{5s, 7, 0},
                                       ExecutionStep{10s, 4, 0}, ExecutionStep{15s, 0, 0}));
  EXPECT_EQ(needs.planned_vus, 7);
  EXPECT_EQ(needs.max_vus, 7);
  EXPECT_EQ(needs.max_duration, 15s);
  EXPECT_EQ(EndOffset(scenarios[0]), 15s);
}

TEST(Requirements, StayWithinSixtyFourBits) {
  std::vector<Scenario> scenarios = {
      Named("a", ConstantVus{INT64_MAX, std::chrono::nanoseconds::max()}),
      Named("b", ConstantVus{INT64_MAX, 1s})};
  scenarios[1].start_time = std::chrono::nanoseconds::max();
  EXPECT_EQ(RequirementsOf(scenarios, {}).max_vus, INT64_MAX);
  EXPECT_EQ(EndOffset(scenarios[0]), std::chrono::nanoseconds::max());
}

TEST(Requirements, OfAnAgentWithoutWorkAreNothing) {
  const std::vector<Scenario> scenarios = {Named("a", ConstantVus{2, 1s})};
  const ExecutionRequirements needs = RequirementsOf(scenarios, Third(2));
  EXPECT_EQ(needs.max_vus, 0);
  EXPECT_EQ(needs.max_duration, 0s);
}

TEST(Vus, AreNumberedAlongTheStripe) {
  EXPECT_THAT(AssignVus(Third(0), 4),
              ElementsAre(VuNumbers{1, 1}, VuNumbers{2, 4}, VuNumbers{3, 7}, VuNumbers{4, 10}));
  EXPECT_THAT(AssignVus(Third(1), 2), ElementsAre(VuNumbers{1, 2}, VuNumbers{2, 5}));
}

TEST(Scenario, SurvivesTheWire) {
  Scenario scenario = Named("a", ConstantVus{7, 90s});
  scenario.start_time = 3s;
  scenario.graceful_stop = 1ns;
  scenario.exec = "run";
  scenario.env = {{"A", "1"}, {"B", "\xFF\""}};
  scenario.tags = {{"t", ""}};
  scenario.options_json = R"({"browser":{"type":"chromium"}})";
  scenario.given = {"exec", "tags"};
  EXPECT_EQ(ScenarioFromJson(ScenarioToJson(scenario)).value(), scenario);
  const Scenario per_vu = Named("b", PerVuIterations{1, 2, 3s});
  EXPECT_EQ(ScenarioFromJson(ScenarioToJson(per_vu)).value(), per_vu);
  const Scenario shared = Named("c", SharedIterations{1, 2, 3s});
  EXPECT_EQ(ScenarioFromJson(ScenarioToJson(shared)).value(), shared);
}

TEST(Scenario, OfAnotherFormIsRefusedByName) {
  EXPECT_EQ(ScenarioFromJson("[]").error().message, "scenario is not an object");
  EXPECT_EQ(ScenarioFromJson("{}").error().message, "scenario.name is not a string");
  EXPECT_EQ(ScenarioFromJson(R"({"name":"a","executor":"x"})").error().message,
            "scenario.executor 'x' is not known");
  const std::string json = ScenarioToJson(Named("a", PerVuIterations{}));
  EXPECT_EQ(ScenarioFromJson(json.substr(0, json.size() - 1) + ",\"more\":1}").error().message,
            "scenario.more is not known here");
  EXPECT_EQ(ScenarioFromJson("{").error().code, ErrorCode::kInvalidConfig);
}

}  // namespace
}  // namespace loadctl::plan
