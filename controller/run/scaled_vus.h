// How many VU-seconds agents owe to an externally-controlled scenario: by what they were told to
// have and when, not by what they say of it. Not for telling them (steering.h). The run's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/plan/segment.h"

namespace loadctl::controller {

/// Instants are those of the run's own clock, without pauses, and never go back. An agent owes the
/// lower of two numbers from when it is told until it answers, or until it must have heard.
class ScaledVus final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// So long after it was told an agent is lost if it has not heard.
  static constexpr std::chrono::seconds kHeard{10};

  /// Of each agent's part of the run. Nothing is owed before Start().
  explicit ScaledVus(std::vector<plan::ExecutionTuple> shares);

  /// The scenario starts at `at`, with as many VUs as was said last.
  void Start(TimePoint at);
  /// All agents are told to have `vus` of the whole run.
  void Tell(TimePoint now, std::uint64_t serial, std::int64_t vus);
  /// An agent says that it has done what it was told under this number, or a later one.
  void Answer(TimePoint now, int agent, std::uint64_t serial);
  /// What agent 1..N owes up to `end`.
  [[nodiscard]] double Seconds(int agent, TimePoint end);

 private:
  struct Told {
    TimePoint at;
    std::uint64_t serial;
    std::int64_t vus;
  };
  struct Agent {
    plan::ExecutionTuple share;
    std::int64_t vus = 0;    ///< that it has heard of
    std::deque<Told> ahead;  ///< that it may not have heard of
    TimePoint counted;
    double seconds = 0;
  };
  /// Counts what is owed up to `now`.
  void Count(Agent& agent, TimePoint now) const;
  static void CountTo(Agent& agent, TimePoint now);

  bool started_ = false;
  std::vector<Agent> agents_;
};

}  // namespace loadctl::controller
