// The answers of the REST API: k6's JSON, field by field.
// Not for the routes (routes.h). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/rest/command.h"
#include "controller/results/recent.h"
#include "controller/summary/summary.h"

namespace loadctl::rest {

/// `{"errors":[{"status":"404","title":...,"detail":...}]}`
[[nodiscard]] Response ErrorResponse(int status, std::string_view title, std::string_view detail);

[[nodiscard]] Response StatusResponse(const Status& status);

/// `summary` has the values of now, its trends avg, min, med, max, p(90) and p(95) whatever the
/// run's summaryTrendStats are. Shown are metrics with samples, and those that thresholds name.
/// `judged`: the thresholds have been evaluated; before, nothing is tainted or untainted.
[[nodiscard]] Response MetricsResponse(const summary::Summary& summary, bool judged);
[[nodiscard]] Response MetricResponse(const summary::Summary& summary, bool judged,
                                      std::string_view id);

/// All groups as a flat list, the root first; or one of them.
[[nodiscard]] Response GroupsResponse(const summary::Summary& summary);
[[nodiscard]] Response GroupResponse(const summary::Summary& summary, std::string_view id);

/// `json`: the setup data, if there is any.
[[nodiscard]] Response SetupDataResponse(const std::optional<std::string>& json);

/// An agent as the run's events show it.
struct AgentFacts {
  std::uint32_t agent = 0;
  std::string name;   ///< host:pid
  std::string state;  ///< `attached`, `ready`, `done`, `lost`
  std::string why;    ///< it was lost; empty: it was not
  std::uint32_t workers = 0;
  std::int64_t vus = 0;                   ///< made at the start
  std::optional<v1::AgentHealth> health;  ///< told the last time
};

/// What a run shows of itself beside k6's status.
struct RunFacts {
  int pid = 0;
  std::string script;  ///< as typed
  Status status;
  double seconds = 0, max_seconds = 0;  ///< on the run's clock; as planned at most
  std::int64_t iterations = 0, interrupted = 0;
  std::optional<controller::Recent::Figures> recent;
  std::vector<AgentFacts> agents;
};

/// loadctl's own: the facts, k6's names of the status among them, its state as a word
/// (docs/operations/control.md).
[[nodiscard]] Response RunResponse(const RunFacts& facts);

}  // namespace loadctl::rest
