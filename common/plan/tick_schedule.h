// When the iterations of an arrival rate are due: tick i's instant, by its index alone.
// Not for who runs them (agent/executor). Pure values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "common/plan/scenario.h"

namespace loadctl::plan {

/// The ticks of the whole run, all agents together, counted from 0. An agent has those that are on
/// its stripe (IterationTuple()).
///
/// constant-arrival-rate: tick n is due at floor(n * timeUnit / rate), n = 0, 1, ..., if that is
/// before the duration's end. (k6 floors the period itself, and drifts.)
/// ramping-arrival-rate: tick n is due when the integral of the rate over time reaches n + 1,
/// rounded down to a nanosecond, up to the end of the stages; rates change linearly within a stage,
/// and a stage of no length jumps. Exact: the greatest nanosecond at which the integral is not yet
/// beyond.
class TickSchedule final {
 public:
  explicit TickSchedule(const ConstantArrivalRate& config);
  explicit TickSchedule(const RampingArrivalRate& config);

  /// How many ticks there are. Saturates.
  [[nodiscard]] std::int64_t Count() const { return count_; }
  /// When tick `index` is due, counted from the scenario's start; 0 <= index < Count(). Never falls
  /// as `index` grows. O(log stages), no allocation.
  [[nodiscard]] std::chrono::nanoseconds Due(std::int64_t index) const;
  /// Iterations per second at this time after the start.
  [[nodiscard]] double RateAt(std::chrono::nanoseconds time) const;

 private:
  struct Piece {
    std::int64_t from, to;       // rates per time unit
    std::int64_t begin, length;  // ns
    __int128 before;             // 2 * unit * integral up to `begin`
    std::int64_t ticks;          // with this piece
  };
  [[nodiscard]] std::int64_t DueIn(const Piece& piece, __int128 twice) const;

  bool constant_;
  std::int64_t unit_;
  std::int64_t count_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace loadctl::plan
