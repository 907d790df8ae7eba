// What an agent measured since its last report, and its compact bytes for the wire.
// Not for how samples get there (agent/metrics) nor how deltas are merged (controller/aggregate).
// Plain values: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/metric.h"
#include "common/metrics/registry.h"
#include "common/metrics/sink.h"

namespace loadctl::metrics {

/// What one series gained.
struct SeriesDelta {
  std::string metric;  ///< `http_req_duration`
  std::string suffix;  ///< text inside the braces of a sub-metric, "" = the metric itself
  ValueType contains = ValueType::kDefault;
  Sink sink;  ///< its type is the metric's
  [[nodiscard]] MetricType type() const { return TypeOf(sink); }
  bool operator==(const SeriesDelta&) const = default;
};

/// What one check gained.
struct CheckDelta {
  std::string group;  ///< path of its group: "" (root) or `::outer::inner`
  std::string name;
  std::int64_t passes = 0;
  std::int64_t fails = 0;
  std::uint64_t first_seen = 0;  ///< the agent's rank of its first use, the same in every delta
  bool operator==(const CheckDelta&) const = default;
};

/// One report of one agent. Sequences of an (agent, epoch) are 1, 2, 3, ...
struct Delta {
  int agent = 0;            ///< 1..N
  std::uint64_t epoch = 0;  ///< random, of the agent's process
  std::uint64_t sequence = 0;
  std::int64_t first_interval = 0;  ///< seconds since the run's start; earlier than `interval`
                                    ///< where unsent neighbours were merged
  std::int64_t interval = 0;        ///< the newest second covered
  bool final = false;               ///< the agent's last
  std::vector<SeriesDelta> series;  ///< those that gained something
  std::vector<CheckDelta> checks;
  std::vector<std::string> groups;  ///< paths of groups left for the first time, in that order
  bool operator==(const Delta&) const = default;
};

/// The delta as bytes. A series that is in `known`, of the same type and contents, is its number
/// there (SeriesId), any other one its name, type and contents; without `known` all are. Values:
/// raw values for trends of up to 1,024 samples (3 to 4 bytes each if they are whole nanoseconds or
/// integers), non-empty buckets beyond. Trends arrive equal, not necessarily with their values in
/// the same order.
[[nodiscard]] std::string EncodeDelta(const Delta& delta, const MetricSet* known = nullptr);

/// Fails (kGeneric) with `broken metrics delta: ...` on anything that EncodeDelta() cannot have
/// made; time and memory stay in proportion to the input. `known` is what the other side had: its
/// first series, at least, are the same.
[[nodiscard]] Result<Delta> DecodeDelta(std::string_view bytes, const MetricSet* known = nullptr);

}  // namespace loadctl::metrics
