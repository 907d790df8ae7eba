// When the iterations of looping VUs start, for executors whose VUs are all there from start to
// end. Not for running them (looping_run.h). Next() on the VUs' fibers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/plan/scenario.h"

namespace loadctl::executor {

using TimePoint = std::chrono::steady_clock::time_point;

/// One VU's part in a scenario.
struct Turn {
  std::int64_t started = 0;  ///< iterations this VU has started in this scenario
};

class Executor {
 public:
  virtual ~Executor() = default;

  /// Whether this VU starts an iteration now. Any worker's thread; no lock.
  [[nodiscard]] virtual bool Next(const Turn& turn, TimePoint now) = 0;

  /// Iterations that this VU was to start and did not, when it is done; for `dropped_iterations`.
  [[nodiscard]] virtual std::int64_t DroppedBy(const Turn& turn) const = 0;
  /// The same for the scenario as a whole, when all its VUs are done.
  [[nodiscard]] virtual std::int64_t DroppedByAll() const = 0;

  /// Share of the scenario that is done, 0..1. Any thread.
  [[nodiscard]] virtual double Progress(TimePoint now) const = 0;
};

/// The executor of a scenario on the tuple's agent, whose clock starts at `start`. The scenario is
/// of one of the three kinds of kinds.h.
[[nodiscard]] std::unique_ptr<Executor> MakeExecutor(const plan::Scenario& scenario,
                                                     const plan::ExecutionTuple& tuple,
                                                     TimePoint start);

/// Share of [start, start + length] that is over at `now`.
[[nodiscard]] double Elapsed(TimePoint start, std::chrono::nanoseconds length, TimePoint now);

}  // namespace loadctl::executor
