#include "controller/run/planned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/planned_iterations.h"
#include "common/plan/ramp.h"
#include "common/plan/scenario.h"
#include "common/plan/tick_schedule.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

plan::Options With(std::vector<std::pair<std::string, plan::ExecutorConfig>> scenarios) {
  plan::Options options;
  for (auto& [name, executor] : scenarios) {
    auto& scenario = options.scenarios.emplace_back();
    scenario.name = name;
    scenario.executor = std::move(executor);
  }
  return options;
}

struct Counts {
  std::string name;
  std::int64_t started = 0, dropped = 0, interrupted = 0;
  std::chrono::microseconds vu_time{0};
};

v1::RunDone Done(const std::vector<Counts>& counts) {
  v1::RunDone done;
  for (const auto& one : counts) {
    auto& part = *done.add_scenarios();
    part.set_name(one.name);
    part.set_started(one.started);
    part.set_dropped(one.dropped);
    part.set_interrupted(one.interrupted);
    part.set_vu_time_us(one.vu_time.count());
    part.set_complete(one.started - one.interrupted);
    done.set_started(done.started() + one.started);
    done.set_dropped(done.dropped() + one.dropped);
    done.set_interrupted(done.interrupted() + one.interrupted);
    done.set_complete(done.started() - done.interrupted());
  }
  return done;
}

std::string WhyShort(const v1::RunDone& done, const plan::Options& options,
                     const plan::ExecutionTuple& share) {
  return controller::WhyShort(done, options, share, {});
}

plan::ArrivalVus Vus(std::int64_t count) { return {count, count}; }

const plan::Options kEveryKind = With({
    {"each", plan::PerVuIterations{4, 3}},
    {"shared", plan::SharedIterations{2, 11}},
    {"rate", plan::ConstantArrivalRate{20, 1s, 2s, Vus(5)}},
    {"ramp", plan::RampingArrivalRate{0, 1s, {{2s, 10}}, Vus(5)}},
    {"loop", plan::ConstantVus{2, 1s}},
});

TEST(Planned, SharesOfAllAgentsAreTheWhole) {
  // Half of each kind but the last, which has no number: 12 + 11 + 40 + 10.
  const auto whole = ShareOf(kEveryKind, 1, 1).value();
  EXPECT_EQ(PlannedIterations(Done({{"loop", 7}}), kEveryKind, whole), 80);
  for (const int agents : {2, 3, 7}) {
    std::int64_t sum = 0;
    for (int number = 1; number <= agents; ++number)
      sum += PlannedIterations({}, kEveryKind, ShareOf(kEveryKind, number, agents).value());
    EXPECT_EQ(sum, 73) << agents;
  }
}

TEST(Planned, AnAgentThatDidItsShareIsBelieved) {
  const auto whole = ShareOf(kEveryKind, 1, 1).value();
  // Cut by gracefulStop, dropped for want of VUs or time: all of it is told.
  const auto done = Done({{"each", 12, 0, 2},
                          {"shared", 9, 2},
                          {"rate", 30, 10},
                          {"ramp", 0, 10},
                          {"loop", 5, 0, 2, 2s}});
  EXPECT_THAT(WhyWrong(done, kEveryKind), IsEmpty());
  EXPECT_THAT(WhyShort(done, kEveryKind, whole), IsEmpty());
}

TEST(Planned, LessOrMoreThanTheShareIsSeen) {
  const auto options = With({{"default", plan::SharedIterations{2, 30}}});
  const auto half = ShareOf(options, 1, 2).value();
  EXPECT_THAT(WhyShort(Done({{"default", 15}}), options, half), IsEmpty());
  EXPECT_THAT(WhyShort(Done({{"default", 0}}), options, half),
              HasSubstr("started 0 and dropped 0 of the 15 iterations of scenario default"));
  EXPECT_THAT(WhyShort(Done({{"default", 14}}), options, half), HasSubstr("started 14"));
  EXPECT_THAT(WhyShort(Done({{"default", 30}}), options, half), HasSubstr("started 30"));
}

TEST(Planned, WhatOneScenarioLacksAnotherDoesNotMakeUp) {
  const auto options =
      With({{"a", plan::SharedIterations{1, 5}}, {"b", plan::SharedIterations{1, 5}}});
  const auto whole = ShareOf(options, 1, 1).value();
  EXPECT_THAT(WhyShort(Done({{"a", 10}, {"b", 0}}), options, whole), HasSubstr("scenario a"));
}

TEST(Planned, SomethingIsStartedWhereTimeEndsIt) {
  const auto looping = With({{"loop", plan::ConstantVus{2, 1s}}});
  const auto short_one = With({{"loop", plan::ConstantVus{2, 900ms}}});
  const auto ramp = With({{"ramp", plan::RampingVus{0, {{1s, 0}, {0s, 2}, {1s, 2}}}}});
  const auto no_ramp = With({{"ramp", plan::RampingVus{0, {{10s, 0}}}}});
  const auto external = With({{"out", plan::ExternallyControlled{2, 2, 10s}}});
  for (const auto* options : {&looping, &ramp, &external}) {
    const auto& name = options->scenarios[0].name;
    const auto share = ShareOf(*options, 1, 1).value();
    EXPECT_THAT(WhyShort(Done({{name, 0}}), *options, share), HasSubstr("no iteration")) << name;
    EXPECT_THAT(WhyShort(Done({{name, 1, 0, 0, 20s}}), *options, share), IsEmpty()) << name;
  }
  for (const auto* options : {&short_one, &no_ramp}) {
    const auto share = ShareOf(*options, 1, 1).value();
    const auto done = Done({{options->scenarios[0].name, 0, 0, 0, 1800ms}});
    EXPECT_THAT(WhyShort(done, *options, share), IsEmpty());
  }
  // An agent without VUs has nothing to start.
  const auto one = With({{"loop", plan::ConstantVus{1, 10s}}});
  const int idle = plan::HasWork(one.scenarios[0], ShareOf(one, 1, 2).value()) ? 2 : 1;
  EXPECT_THAT(WhyShort(Done({{"loop", 0}}), one, ShareOf(one, idle, 2).value()), IsEmpty());
}

TEST(Planned, VusAreOwedForAsLongAsTheirScenarioSays) {
  const auto options = With({{"loop", plan::ConstantVus{10, 30s}},
                             {"ramp", plan::RampingVus{0, {{10s, 10}, {20s, 10}, {10s, 0}}}}});
  const auto half = ShareOf(options, 1, 2).value();
  const auto why = [&](std::chrono::microseconds loop, std::chrono::microseconds ramp) {
    return WhyShort(Done({{"loop", 9, 0, 0, loop}, {"ramp", 9, 0, 0, ramp}}), options, half);
  };
  const auto steps =
      plan::RampStepsOf(std::get<plan::RampingVus>(options.scenarios[1].executor), half);
  std::chrono::nanoseconds ramp{0};
  for (std::size_t i = 0; i + 1 < steps.size(); ++i)
    ramp += steps[i].vus * (steps[i + 1].offset - steps[i].offset);
  const auto owed = std::chrono::duration_cast<std::chrono::microseconds>(ramp);
  EXPECT_GT(owed, 140s);  // 5 of 10 VUs: a hill of 150
  EXPECT_LT(owed, 160s);
  EXPECT_THAT(why(150s, owed), IsEmpty());
  EXPECT_THAT(why(149500ms, owed - 500ms), IsEmpty());
  EXPECT_THAT(why(120s, owed),
              HasSubstr("had VUs for 120.0 of the 150.0 VU-seconds of scenario loop"));
  EXPECT_THAT(why(150s, owed - 2s), HasSubstr("VU-seconds of scenario ramp"));
  EXPECT_THAT(why(0s, owed), HasSubstr("had VUs for 0.0 of the 150.0"));
}

TEST(Planned, VusThatOthersAskForAreOwed) {
  const auto options = With({{"asked", plan::ExternallyControlled{10, 10, 30s}},
                             {"other", plan::ExternallyControlled{4, 4, 10s}}});
  const auto half = ShareOf(options, 1, 2).value();
  const auto why = [&](std::chrono::microseconds asked, std::chrono::microseconds other) {
    return controller::WhyShort(Done({{"asked", 9, 0, 0, asked}, {"other", 9, 0, 0, other}}),
                                options, half, {std::chrono::nanoseconds::max(), "asked", 80});
  };
  EXPECT_THAT(why(79500ms, 20s), IsEmpty());
  EXPECT_THAT(why(78s, 20s),
              HasSubstr("had VUs for 78.0 of the 80.0 VU-seconds of scenario asked"));
  EXPECT_THAT(why(80s, 15s), HasSubstr("of the 20.0 VU-seconds of scenario other"));
}

TEST(Planned, NoScenarioEndsBeforeItsTime) {
  const plan::RampingArrivalRate rising{0, 1s, {{10s, 0}, {10s, 10}}, Vus(5)};
  const std::vector<std::pair<plan::ExecutorConfig, std::chrono::nanoseconds>> kinds = {
      {plan::ConstantVus{2, 20s}, 20s},
      {plan::RampingVus{2, {{10s, 2}, {0s, 0}, {20s, 0}}}, 10s},
      {plan::RampingVus{2, {{10s, 2}, {10s, 1}}}, 20s},
      {plan::ConstantArrivalRate{1, 1s, 20s, Vus(5)}, 20s},
      {rising, plan::TickSchedule(rising).Due(49)},
      {plan::ExternallyControlled{2, 2, 20s}, 20s},
      {plan::SharedIterations{2, 10}, 0s},
      {plan::PerVuIterations{2, 10}, 0s}};
  for (const auto& [executor, planned] : kinds) {
    auto options = With({{"a", executor}});
    options.scenarios[0].start_time = planned == 0s ? 0s : 5s;
    const auto whole = ShareOf(options, 1, 1).value();
    const auto iterations = plan::PlannedIterations(options.scenarios[0], whole).value_or(9);
    const auto why = [&](std::chrono::nanoseconds lasted) {
      return controller::WhyShort(Done({{"a", iterations, 0, 0, 1000s}}), options, whole,
                                  {lasted, "", 0});
    };
    const std::string name(plan::ExecutorName(executor));
    EXPECT_THAT(why(options.scenarios[0].start_time + planned), IsEmpty()) << name;
    if (planned == 0s) continue;
    // A second, and what clocks that are slewed differ by.
    EXPECT_THAT(why(options.scenarios[0].start_time + planned - 1s), IsEmpty()) << name;
    EXPECT_THAT(why(options.scenarios[0].start_time + planned / 100 * 99 - 1500ms),
                HasSubstr("ended scenario a within"))
        << name;
    EXPECT_THAT(why(0s), HasSubstr("ended scenario a within 0.0s, which by the plan")) << name;
  }
}

TEST(Planned, WhatHasNoEndIsNotEndedByAnAgent) {
  const auto options = With({{"a", plan::ExternallyControlled{0, 2, 0s}}});
  EXPECT_THAT(controller::WhyShort(Done({{"a", 0}}), options, ShareOf(options, 1, 1).value(),
                                   {std::chrono::hours(24), "a", 0}),
              HasSubstr("ended scenario a within 86400.0s, which has no end of its own"));
}

TEST(Planned, WhoHasNothingToDoEndsAtOnce) {
  const auto options = With({{"loop", plan::ConstantVus{1, 20s}},
                             {"ramp", plan::RampingVus{0, {{20s, 1}}}},
                             {"rate", plan::ConstantArrivalRate{1, 30s, 20s, Vus(1)}}});
  const int idle = plan::HasWork(options.scenarios[0], ShareOf(options, 1, 2).value()) ? 2 : 1;
  const auto done = Done({{"loop", 0}, {"ramp", 0}, {"rate", 0}});
  EXPECT_THAT(controller::WhyShort(done, options, ShareOf(options, idle, 2).value(), {0s, "", 0}),
              IsEmpty());
}

TEST(Planned, NothingIsLeftOutOrCutOffBeforeItsTime) {
  for (const plan::ExecutorConfig& executor :
       {plan::ExecutorConfig(plan::SharedIterations{2, 10, 60s}),
        plan::ExecutorConfig(plan::PerVuIterations{2, 5, 60s})}) {
    const auto options = With({{"a", executor}});  // gracefulStop: 30s
    const auto whole = ShareOf(options, 1, 1).value();
    const auto why = [&](const Counts& counts, std::chrono::nanoseconds lasted) {
      return controller::WhyShort(Done({counts}), options, whole, {lasted, "", 0});
    };
    EXPECT_THAT(why({"a", 10}, 0s), IsEmpty());
    EXPECT_THAT(why({"a", 0, 10}, 0s), HasSubstr("left out iterations of scenario a within 0.0s"));
    EXPECT_THAT(why({"a", 9, 1}, 58s), HasSubstr("which by the plan is not before 60.0s"));
    EXPECT_THAT(why({"a", 9, 1}, 60s), IsEmpty());
    EXPECT_THAT(why({"a", 10, 0, 10}, 0s),
                HasSubstr("cut off iterations of scenario a within 0.0s"));
    EXPECT_THAT(why({"a", 10, 0, 1}, 88s), HasSubstr("not before 90.0s"));
    EXPECT_THAT(why({"a", 10, 0, 1}, 90s), IsEmpty());
  }
  // A ramp cuts off what it takes back.
  const auto ramp = With({{"a", plan::RampingVus{2, {{0s, 0}}}}});
  EXPECT_THAT(
      controller::WhyShort(Done({{"a", 2, 0, 2}}), ramp, ShareOf(ramp, 1, 1).value(), {0s, "", 0}),
      IsEmpty());
}

TEST(Planned, CountsContradictThemselves) {
  const auto options = With({{"a", plan::SharedIterations{1, 5}}});
  const auto good = Done({{"a", 5}});
  EXPECT_THAT(WhyWrong(good, options), IsEmpty());
  const auto wrong = [&](auto change) {
    auto done = good;
    change(done);
    return WhyWrong(done, options);
  };
  EXPECT_THAT(wrong([](auto& done) { done.set_started(4); }), HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) { done.set_exceptions(6); }), HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) { done.mutable_scenarios(0)->set_vu_time_us(-1); }),
              HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) { done.set_dropped(1); }), HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) { done.set_interrupted(-1); }), HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) {
                done.set_dropped(-1);
                done.mutable_scenarios(0)->set_dropped(-1);
              }),
              HasSubstr("contradict"));
  EXPECT_THAT(wrong([](auto& done) { done.mutable_scenarios(0)->set_name("b"); }),
              HasSubstr("other scenarios"));
  EXPECT_THAT(wrong([](auto& done) { done.clear_scenarios(); }), HasSubstr("other scenarios"));
  EXPECT_THAT(wrong([](auto& done) { done.add_scenarios()->set_name("a"); }),
              HasSubstr("other scenarios"));
}

TEST(Planned, LargestNumbersStay) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const auto options =
      With({{"a", plan::PerVuIterations{2, kMost}}, {"b", plan::PerVuIterations{}}});
  const auto whole = ShareOf(options, 1, 1).value();
  auto done = Done({{"a", 0, kMost}, {"b", 1}});
  done.set_dropped(kMost);
  EXPECT_THAT(WhyWrong(done, options), IsEmpty());
  EXPECT_THAT(WhyShort(done, options, whole), IsEmpty());
  EXPECT_EQ(PlannedIterations(done, options, whole), kMost);
}

}  // namespace
}  // namespace loadctl::controller
