#include "common/plan/planned_iterations.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;

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

TEST(PlannedIterations, AreThereWhereTheyHaveANumber) {
  const ExecutionTuple third = Third(2);
  EXPECT_EQ(PlannedIterations(Named("a", PerVuIterations{9, 5}), third), 15);
  EXPECT_EQ(PlannedIterations(Named("a", SharedIterations{9, 30}), third), 10);
  EXPECT_EQ(PlannedIterations(Named("a", SharedIterations{1, 30}), Third(2)), 0);
  EXPECT_EQ(PlannedIterations(Named("a", ConstantVus{9, 1s}), third), std::nullopt);
  EXPECT_EQ(PlannedIterations(Named("a", ConstantVus{1, 1s}), third), 0);
  EXPECT_EQ(PlannedIterations(Named("a", ExternallyControlled{}), third), std::nullopt);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(PlannedIterations(Named("a", PerVuIterations{9, kMost}), third), kMost);
}

TEST(DataShare, IsAsTheIterationsAreAndOverlapsNowhere) {
  const auto named = [](ExecutorConfig executor) {
    Scenario scenario;
    scenario.executor = std::move(executor);
    return scenario;
  };
  const std::vector<std::vector<Scenario>> tests{
      {named(SharedIterations{7, 200})},
      {named(PerVuIterations{7, 4}), named(SharedIterations{7, 28})},
      {named(SharedIterations{7, 200}), named(ConstantVus{2, std::chrono::seconds(1)})},
      {named(SharedIterations{1, 200})},
      {named(ExternallyControlled{})}};
  for (const auto& scenarios : tests) {
    std::map<std::int64_t, int> owners;
    for (std::size_t agent = 0; agent < 3; ++agent) {
      const Stripe share = DataShare(scenarios, Third(agent));
      std::int64_t owned = 0;
      std::int64_t at = share.start;
      for (std::size_t turn = 0; !share.offsets.empty() && at < 200; ++turn, ++owned) {
        ++owners[at];
        at += share.offsets[turn % share.offsets.size()];
      }
      if (scenarios.size() > 1) continue;
      const auto planned = IterationsOf(scenarios[0], Third(agent));
      EXPECT_EQ(owned, planned.value_or(owned));
    }
    EXPECT_EQ(owners.size(), 200u);
    for (const auto& [index, agents] : owners) EXPECT_EQ(agents, 1) << index;
  }
}

}  // namespace
}  // namespace loadctl::plan
