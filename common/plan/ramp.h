// The steps of a ramp of VUs: when their number changes, and how many must be there for it.
// Not for who starts and stops them (agent/executor). Pure values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "common/plan/scenario.h"

namespace loadctl::plan {

/// From `offset` on, counted from the scenario's start, so many VUs loop.
struct RampStep {
  std::chrono::nanoseconds offset{0};
  std::int64_t vus = 0;
  bool operator==(const RampStep&) const = default;
};

/// How often the number of VUs changes in the whole run, all agents together. Saturates.
[[nodiscard]] std::int64_t RampChanges(const RampingVus& config);
/// Most changes that are accepted: bounds time and memory.
inline constexpr std::int64_t kMaxRampChanges = 10'000'000;

/// The steps on the tuple's agent, in order of time; the first at 0. k6's arithmetic: a stage from
/// F to T over D that ends at E moves the count by one at E - floor(D * (N - k) / N), k = 1..N,
/// with N = |T - F|; of these, a segment has those that concern its own VUs. A stage of no length
/// jumps. Several steps may have one offset; the last of them counts.
[[nodiscard]] std::vector<RampStep> RampStepsOf(const RampingVus& config,
                                                const ExecutionTuple& tuple);

/// How many VUs must be there: as RampStepsOf(), but each fall comes gracefulRampDown later, unless
/// the count is back up by then, and at `end` (sum of the stages and gracefulStop) it is over.
[[nodiscard]] std::vector<RampStep> ReservedStepsOf(std::span<const RampStep> steps,
                                                    std::chrono::nanoseconds graceful_ramp_down,
                                                    std::chrono::nanoseconds end);

}  // namespace loadctl::plan
