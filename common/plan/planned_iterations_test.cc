#include "common/plan/planned_iterations.h"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace
}  // namespace loadctl::plan
