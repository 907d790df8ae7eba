// What GET /metrics answers: Prometheus' usual figures of this process, as k6's page has them.
// Not for the test's metrics (render.h, controller/api's endpoint). Any thread.
#pragma once

#include <string>

namespace loadctl::rest {

/// In Prometheus' text format: `process_cpu_seconds_total 0.04` and its like. A figure that the
/// kernel does not give is left out. Some 100 microseconds.
[[nodiscard]] std::string ProcessMetrics();

}  // namespace loadctl::rest
