#include "common/plan/ramp.h"

#include <gtest/gtest.h>

#include <random>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

RampingVus Ramp(std::int64_t start, std::vector<std::pair<nanoseconds, std::int64_t>> stages,
                nanoseconds graceful = 30s) {
  RampingVus config{start, {}, graceful};
  for (const auto& [duration, target] : stages) config.stages.push_back({duration, target});
  return config;
}

ExecutionTuple Part(const SegmentSequence& sequence, std::size_t i) {
  return ExecutionTuple::Make(sequence.segments[i], sequence).value();
}

/// The count at `time`: the last step at or before it.
std::int64_t At(const std::vector<RampStep>& steps, nanoseconds time) {
  std::int64_t vus = 0;
  for (const RampStep& step : steps) {
    if (step.offset > time) break;
    vus = step.vus;
  }
  return vus;
}

RampingVus RandomRamp(std::mt19937_64& random) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  RampingVus config{below(20), {}, std::chrono::milliseconds(below(3000))};
  for (std::int64_t i = 1 + below(6); i > 0; --i)
    config.stages.push_back({nanoseconds(below(4) == 0 ? 0 : below(5'000'000'000)), below(30)});
  return config;
}

TEST(Ramp, MovesOneByOneAndReachesTheTargetAtTheEndOfTheStage) {
  const auto steps = RampStepsOf(Ramp(0, {{1s, 3}}), ExecutionTuple());
  const std::vector<RampStep> expected = {{0ns, 0}, {333333334ns, 1}, {666666667ns, 2}, {1s, 3}};
  EXPECT_EQ(steps, expected);
}

TEST(Ramp, JumpsInStagesOfNoLength) {
  const auto steps = RampStepsOf(Ramp(1, {{0s, 5}, {2s, 5}, {0s, 0}}), ExecutionTuple());
  const std::vector<RampStep> expected = {{0ns, 1}, {0ns, 5}, {2s, 0}};
  EXPECT_EQ(steps, expected);
}

TEST(Ramp, AgentsTogetherAreTheWholeAtEveryInstant) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 40; ++round) {
    const RampingVus config = RandomRamp(random);
    const auto whole = RampStepsOf(config, ExecutionTuple());
    const auto sequence =
        round % 2 == 0 ? EqualSequence(1 + round % 7) : ParseSequence("0,1/10,1/2,2/3,1").value();
    std::vector<std::vector<RampStep>> parts;
    for (std::size_t i = 0; i < sequence.segments.size(); ++i)
      parts.push_back(RampStepsOf(config, Part(sequence, i)));
    std::vector<nanoseconds> times;
    for (const auto& step : whole) times.insert(times.end(), {step.offset, step.offset - 1ns});
    for (const nanoseconds time : times) {
      std::int64_t sum = 0;
      for (const auto& part : parts) sum += At(part, time);
      EXPECT_EQ(sum, At(whole, time)) << time.count();
    }
  }
}

TEST(Ramp, ReservesWhatWasNeededInTheLastGracefulRampDown) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 40; ++round) {
    const RampingVus config = RandomRamp(random);
    const auto steps = RampStepsOf(config, ExecutionTuple());
    const nanoseconds end = SumOf(config.stages) + 1s;
    const auto reserved = ReservedStepsOf(steps, config.graceful_ramp_down, end);
    for (int probe = 0; probe < 200; ++probe) {
      const nanoseconds time(
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end.count())));
      std::int64_t most = At(steps, time);
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool begun = steps[i].offset <= time;
        const bool over =
            i + 1 < steps.size() && steps[i + 1].offset + config.graceful_ramp_down <= time;
        if (begun && !over) most = std::max(most, steps[i].vus);
      }
      EXPECT_EQ(At(reserved, time), most) << time.count();
    }
    EXPECT_EQ(At(reserved, end + 1h), 0);
  }
}

}  // namespace
}  // namespace loadctl::plan
