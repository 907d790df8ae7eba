// The answers of the REST API: k6's JSON, field by field.
// Not for the routes (routes.h). Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/rest/command.h"
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

/// loadctl's own: `{"pid":1,"script":"a.js"}`.
[[nodiscard]] Response RunResponse(int pid, std::string_view script);

}  // namespace loadctl::rest
