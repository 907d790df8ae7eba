// Execution segments: which share of a run's VUs and iterations belongs to one agent, exactly.
// Not for when things happen (the executors) nor for dealing work to an agent's workers.
// Immutable values: any thread. Gives k6's numbers for any sequence of segments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::plan {

/// An exact fraction in lowest terms, denominator > 0.
struct Rational {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  /// num/den reduced. Fails when den is 0 or the result does not fit in 64 bits.
  static Result<Rational> Make(__int128 num, __int128 den);

  bool operator==(const Rational&) const = default;
  /// Exact comparison.
  [[nodiscard]] bool operator<(const Rational& other) const;
  /// `1/3`, or `1` for whole numbers.
  [[nodiscard]] std::string ToString() const;
};

/// A part of the whole run, from < to, both within 0 and 1. Default: all of it.
struct Segment {
  Rational from{0, 1};
  Rational to{1, 1};

  /// Fails with k6's texts: `segment start(0.50) must be less than its end(0.50)` and so on.
  static Result<Segment> Make(Rational from, Rational to);

  bool operator==(const Segment&) const = default;
  /// `1/3:2/3`; ParseSegment of it gives the same segment.
  [[nodiscard]] std::string ToString() const;
};

/// Segments in order, each starting where the one before ends. Not necessarily from 0 to 1.
struct SegmentSequence {
  std::vector<Segment> segments;

  bool operator==(const SegmentSequence&) const = default;
  /// `0,1/3,1`; ParseSequence of it gives the same sequence.
  [[nodiscard]] std::string ToString() const;
};

/// Reads `from:to`, or `to` alone (from 0), or nothing (all). Numbers: `1/3`, `0.25`, `2e-1`,
/// `25%`. Fails (kGeneric) with k6's texts. Numbers beyond 64 bits are refused.
[[nodiscard]] Result<Segment> ParseSegment(std::string_view text);

/// Reads `p0,p1,...`; nothing gives an empty sequence. Fails (kGeneric) with k6's texts.
[[nodiscard]] Result<SegmentSequence> ParseSequence(std::string_view text);

/// 0, 1/n, 2/n, ... 1: the sequence of a run on n ≥ 1 agents.
[[nodiscard]] SegmentSequence EqualSequence(std::int64_t n);

/// Which indexes of any indivisible work a segment owns: `start`, then step by step the `offsets`,
/// over and over. Indexes count from 0; the pattern repeats every `period`.
///
/// k6's rule: the period is the least common multiple of the reduced denominators of the lengths.
/// Index e = 0, 1, ... goes to the first segment, in order of length (longest first, then as in the
/// sequence), that has no more than its part so far: owned * period <= e * (length * period).
struct Stripe {
  std::int64_t start = 0;
  std::vector<std::int64_t> offsets{1};  ///< sum = period
  std::int64_t period = 1;

  bool operator==(const Stripe&) const = default;
};

/// A segment in its full sequence: everything one agent must know to compute its own work.
///
/// Cheap to copy (one shared pointer to constants).
class ExecutionTuple {
 public:
  /// The whole run: segment 0:1 of the sequence 0,1.
  ExecutionTuple();

  /// Places the segment in the sequence, after filling the sequence up to 0 and 1 as k6 does:
  /// without one it is 0, from, to, 1.
  ///
  /// Fails (kInvalidConfig): `provided segment 0:1 can't be found in sequence 0,1/2,1`; or when the
  /// common denominator exceeds kMaxPeriod.
  static Result<ExecutionTuple> Make(const std::optional<Segment>& segment,
                                     const std::optional<SegmentSequence>& sequence);

  /// Cuts once more: what of `outer`'s things falls to `inner`'s segment, `inner` being a tuple of
  /// those things alone. Its parts together own exactly what `outer` does, with the same numbers,
  /// which the parts of a longer sequence would not: stripes do not nest.
  ///
  /// Fails (kInvalidConfig) when the new common denominator exceeds kMaxPeriod.
  static Result<ExecutionTuple> Within(const ExecutionTuple& outer, const ExecutionTuple& inner);

  /// How many of `value` indivisible things (VUs, iterations) are this segment's. `value` ≥ 0.
  ///
  /// Over the segments of a sequence the results sum to `value`; none falls as `value` grows.
  /// O(log period). Cannot fail.
  [[nodiscard]] std::int64_t Scale(std::int64_t value) const;

  /// The tuple of the sequence with lengths Scale_i(value)/value, used to split what `value` things
  /// share. Empty segments are dropped: where this one is empty, the result is nullopt.
  ///
  /// `value` ≥ 1. Fails (kInvalidConfig) when the new common denominator exceeds kMaxPeriod.
  [[nodiscard]] Result<std::optional<ExecutionTuple>> Retuple(std::int64_t value) const;

  /// Which indexes are this segment's.
  [[nodiscard]] Stripe Share() const;

  /// The global number of this segment's `local`-th thing; both count from 1. Give it a VU's number
  /// in its agent to get its number in the test. O(1).
  [[nodiscard]] std::int64_t GlobalNumber(std::int64_t local) const;

  /// Where the segment lies in the whole, and between which others; of a tuple made by Within()
  /// those of `outer`.
  [[nodiscard]] const Segment& segment() const;
  [[nodiscard]] const SegmentSequence& sequence() const;
  [[nodiscard]] std::size_t index() const { return index_; }

  /// Largest common denominator of a sequence that is accepted; bounds time and memory.
  static constexpr std::int64_t kMaxPeriod = 1'000'000;

 private:
  struct Stripes;
  ExecutionTuple(std::shared_ptr<const Stripes> stripes, std::size_t index);
  static Result<std::shared_ptr<const Stripes>> MakeStripes(SegmentSequence sequence);

  std::shared_ptr<const Stripes> stripes_;
  std::size_t index_;
};

/// A place on a segment's stripe: the local number and the global one it stands for, both from 1;
/// 0 and 0 before the first. Not safe for use by two threads at once.
class SegmentedIndex {
 public:
  struct Position {
    std::int64_t scaled = 0;    ///< local number
    std::int64_t unscaled = 0;  ///< global number
    bool operator==(const Position&) const = default;
  };

  explicit SegmentedIndex(ExecutionTuple tuple);

  /// One step on. O(1).
  Position Next();
  /// One step back; stays at 0.
  Position Prev();
  /// To the last of this segment's things among the first `value` global ones. `value` ≥ 0.
  Position GoTo(std::int64_t value);
  [[nodiscard]] Position Get() const { return position_; }

 private:
  ExecutionTuple tuple_;
  Position position_;
};

}  // namespace loadctl::plan
