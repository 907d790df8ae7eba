// Merges the agents' deltas into seconds of the whole run, each delta exactly once.
// Not for adding seconds up (totals.h) nor for sessions and resending (fleet). Run thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/registry.h"
#include "controller/aggregate/totals.h"

namespace loadctl::aggregate {

/// What became of a delta. All but kAccepted and kRepeat mean that the run's figures are at risk.
enum class Acceptance {
  kAccepted,      ///< kept, and merged as soon as its second is complete; acknowledge it
  kRepeat,        ///< had it already, nothing changed; acknowledge it
  kGap,           ///< an earlier sequence is missing; not kept
  kWrongEpoch,    ///< from another process than the agent's first delta; not kept
  kUnknownAgent,  ///< not one of 1..N; not kept
  kLost,          ///< the agent was given up; not kept
  kAfterFinal,    ///< the agent had sent its final delta; not kept
  kInvalid,       ///< time running backwards, or what no agent can have measured; not kept
};

/// What one agent delivered, for the ledger.
struct AgentDeltas {
  std::uint64_t delivered = 0;  ///< accepted: sequences 1..delivered
  std::uint64_t merged = 0;     ///< of these, part of a second that was given out
  std::uint64_t repeats = 0;
  std::uint64_t refused = 0;
  std::string refusal;         ///< why the last one was kInvalid, in words
  std::uint64_t samples = 0;   ///< delivered of the busiest series, at most
  std::int64_t interval = -1;  ///< newest second delivered
  bool final = false;
  bool lost = false;
};

/// The seconds of agents 1..N.
///
/// A delta waits until every agent that is neither final nor lost has delivered its second; then
/// all deltas up to that second are merged by second and agent, so the seconds do not depend on the
/// order of arrival. A delta that covers several seconds is merged when all of them are complete.
/// Sinks merge as common/metrics/sink.h says, with two exceptions: `vus` and `vus_max` (and their
/// sub-metrics) are the sum of the agents' newest values in each second, an agent that is silent
/// counting with its last value, a lost one with 0; nothing is noted until each live agent has sent
/// one, or the run is finished. Checks and groups are in the order of their first use, agent 1's
/// first where agents agree, a group but once in the run.
///
/// A delta is checked whole before any of it counts (delta_check.h), and what all of them together
/// may name and count is bounded, so that no sum overflows and memory ends: kMostOfAgent samples of
/// a series an agent, kMostMetrics metrics, kMostNames checks and groups of kMostNameBytes in all.
/// Of parts (common/metrics/part.h) kMostParts are told apart, the others are added up.
class Aggregate {
 public:
  /// Gets each second once, in order: a delta of agent 0 with a sequence of its own. Seconds with
  /// nothing in them too.
  using Second = std::function<void(metrics::Delta)>;

  static constexpr std::uint64_t kMostOfAgent = std::uint64_t{1} << 48;
  static constexpr std::size_t kMostMetrics = 10'000;
  static constexpr std::size_t kMostNames = 1'000'000;
  static constexpr std::size_t kMostParts = 50'000;
  static constexpr std::size_t kMostNameBytes = 256u << 20;

  /// `agents` >= 1. `known`: the metrics and sub-metrics that agents were told of; without them,
  /// the built-in metrics.
  Aggregate(int agents, Second second, metrics::MetricSet known = {});

  /// Takes a delta; O(its size). Gives out what became complete.
  [[nodiscard]] Acceptance Add(metrics::Delta delta);

  /// Waits no longer for this agent; what it delivered counts. Unknown agents are ignored.
  void MarkLost(int agent);

  /// Merges all that still waits, whatever is missing. For the end of the run.
  void Finish();

  [[nodiscard]] int agents() const { return static_cast<int>(agents_.size()); }
  /// `agent` in 1..agents().
  [[nodiscard]] const AgentDeltas& agent(int agent) const;

 private:
  struct Agent {
    AgentDeltas deltas;
    std::optional<std::uint64_t> epoch;
    std::deque<metrics::Delta> waiting;  // by sequence, hence by interval
  };
  // A gauge that is summed over agents: the newest value of each, [0] being agent 1's.
  struct SummedGauge {
    std::vector<std::optional<double>> values;
    std::int64_t time = 0;
    std::int64_t noted = -1;  // the time of its last sum
    bool changed = false;     // since its sum was noted
    metrics::ValueType contains = metrics::ValueType::kDefault;
  };
  class SecondBuilder;

  [[nodiscard]] Acceptance Judge(const Agent& agent, const metrics::Delta& delta) const;
  [[nodiscard]] std::string WhyInvalid(const Agent& agent, const metrics::Delta& delta) const;
  void Register(const metrics::Delta& delta);
  void BoundParts(metrics::Delta& delta);
  [[nodiscard]] std::int64_t NewestComplete() const;
  void MergeThrough(std::int64_t interval);
  void MergeOne(std::size_t agent, metrics::Delta delta, SecondBuilder& second);
  void MergeSeries(std::size_t agent, metrics::SeriesDelta delta, SecondBuilder& second);
  void NoteGroup(const std::string& group, SecondBuilder& second);
  void NoteSums(SecondBuilder& second);
  void GiveOut(SecondBuilder& second);

  std::vector<Agent> agents_;
  Second second_;
  bool finished_ = false;
  std::uint64_t sequence_ = 0;
  std::int64_t interval_ = 0;  // the newest second given out
  metrics::MetricSet known_;   // with those that VUs declared on the way
  SeriesMap<SummedGauge> sums_;
  std::map<std::string, bool, std::less<>> groups_;       // delivered: whether given out, too
  std::set<std::pair<std::string, std::string>> checks_;  // delivered
  std::size_t name_bytes_ = 0;                            // of both
  std::set<SeriesKey, SeriesKeyLess> parts_;
};

}  // namespace loadctl::aggregate
