#include "agent/metrics/parts.h"

#include <gtest/gtest.h>

namespace loadctl::metrics {
namespace {

struct World {
  void Add(Builtin metric, double value, std::string_view scenario, std::string_view group,
           std::vector<SystemTag> system = {}) {
    SampleTags tags;
    tags.system = system;
    tags.scenario = scenario;
    tags.group = group;
    parts.Add(IdOf(metric), value, {}, tags);
  }
  void Collect() { parts.CollectInto(series, checks, groups); }
  double Count(Builtin metric, std::string_view scenario, std::string_view group) {
    std::string suffix;
    PutSuffix(Place{scenario, group}, suffix);
    const auto found = series.find({IdOf(metric), suffix});
    return found == series.end() ? -1 : std::get<CounterSink>(found->second).sum();
  }
  MetricSet set;
  Parts parts{set};
  Parts::Series series;
  std::vector<CheckDelta> checks;
  std::vector<std::string> groups;
};

TEST(Parts, ASampleCountsInItsScenarioAndGroupAlone) {
  World world;
  world.Add(Builtin::kHttpReqs, 1, "s", "");
  world.Add(Builtin::kHttpReqs, 2, "s", "::a");
  world.Add(Builtin::kHttpReqs, 4, "s", "::a::b");
  world.Collect();
  EXPECT_EQ(world.Count(Builtin::kHttpReqs, "s", ""), 1);
  EXPECT_EQ(world.Count(Builtin::kHttpReqs, "s", "::a"), 2);
  EXPECT_EQ(world.Count(Builtin::kHttpReqs, "s", "::a::b"), 4);
}

TEST(Parts, TheDefaultScenarioIsNoneAndSetupIsNoGroup) {
  World world;
  world.Add(Builtin::kHttpReqs, 1, "default", "::a");
  world.Add(Builtin::kHttpReqs, 2, "", "::setup");
  world.Add(Builtin::kHttpReqs, 4, "default", "");
  world.Collect();
  EXPECT_EQ(world.series.size(), 1u);
  EXPECT_EQ(world.Count(Builtin::kHttpReqs, "", "::a"), 1);
}

TEST(Parts, WhatWasCollectedIsForgotten) {
  World world;
  world.Add(Builtin::kHttpReqs, 1, "s", "");
  world.Collect();
  world.series.clear();
  world.Collect();
  EXPECT_TRUE(world.series.empty());
  EXPECT_EQ(world.groups.size(), 1u);
}

TEST(Parts, ChecksAreCountedByPlaceInOrderOfFirstUse) {
  World world;
  world.Add(Builtin::kChecks, 1, "s", "", {{"check", "z"}});
  world.Add(Builtin::kChecks, 0, "s", "", {{"check", "a"}});
  world.Add(Builtin::kChecks, 1, "s", "", {{"check", "z"}});
  world.Collect();
  ASSERT_EQ(world.checks.size(), 2u);
  EXPECT_EQ(world.checks[0].name, "z");
  EXPECT_EQ(world.checks[0].passes, 2);
  EXPECT_EQ(world.checks[1].name, "a");
  EXPECT_EQ(world.checks[1].fails, 1);
  EXPECT_EQ(PlaceOf(world.checks[0].group), (Place{"s", ""}));
}

TEST(Parts, FailedRequestsAreCountedByWhatTheyHaveInCommon) {
  World world;
  const std::vector<SystemTag> tags = {
      {"method", "GET"}, {"url", "http://a/1"}, {"status", "503"}, {"error_code", "1503"}};
  world.Add(Builtin::kHttpReqFailed, 1, "default", "", tags);
  world.Add(Builtin::kHttpReqFailed, 1, "default", "", tags);
  world.Add(Builtin::kHttpReqFailed, 0, "default", "", tags);
  world.Collect();
  ASSERT_EQ(world.series.size(), 1u);
  const auto& [key, sink] = *world.series.begin();
  EXPECT_EQ(FailedRequestOf(key.second), (FailedRequest{"GET", "http://a/1", "503", "1503"}));
  EXPECT_EQ(std::get<RateSink>(sink).nonzero(), 2);
}

TEST(Parts, PlacesAndFailuresAreBounded) {
  World world;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "::g" + std::to_string(i);
    world.Add(Builtin::kHttpReqFailed, 1, "s", name, {{"name", name}});
  }
  world.Collect();
  EXPECT_LE(world.series.size(), Parts::kMostPlaces + Parts::kMostFailed + 2);
  std::int64_t failures = 0, placed = 0;
  for (const auto& [key, sink] : world.series) {
    const auto& rate = std::get<RateSink>(sink);
    (FailedRequestOf(key.second) ? failures : placed) += rate.nonzero();
  }
  EXPECT_EQ(failures, 2000);
  EXPECT_EQ(placed, 2000);
}

}  // namespace
}  // namespace loadctl::metrics
