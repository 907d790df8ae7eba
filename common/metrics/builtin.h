// k6's built-in metrics: the table of names, types and units.
// Not for who emits them. Constants: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/metrics/metric.h"

namespace loadctl::metrics {

/// Index into kBuiltinMetrics, and the metric's id in every MetricSet.
enum class Builtin {
  kVus,
  kVusMax,
  kIterations,
  kIterationDuration,
  kDroppedIterations,
  kChecks,
  kGroupDuration,
  kHttpReqs,
  kHttpReqFailed,
  kHttpReqDuration,
  kHttpReqBlocked,
  kHttpReqConnecting,
  kHttpReqTlsHandshaking,
  kHttpReqSending,
  kHttpReqWaiting,
  kHttpReqReceiving,
  kWsSessions,
  kWsMsgsSent,
  kWsMsgsReceived,
  kWsPing,
  kWsSessionDuration,
  kWsConnecting,
  kGrpcReqDuration,
  kDataSent,
  kDataReceived,
  kStartLag,
  kIterationLatency,
  kHttpReqLookingUp,
  kConnectionsOpened,
  kConnectionsReused,
  kConnectionsOpen,
};
inline constexpr std::size_t kBuiltinCount =
    static_cast<std::size_t>(Builtin::kConnectionsOpen) + 1;

struct BuiltinMetric {
  std::string_view name;
  MetricType type;
  ValueType contains;
  bool summed = false;  ///< a gauge of which each agent has a part: the run's is their sum
};

/// Those that k6 knows whether or not a script uses them, then our own; modules declare the rest
/// when imported.
inline constexpr std::array<BuiltinMetric, kBuiltinCount> kBuiltinMetrics = {{
    {"vus", MetricType::kGauge, ValueType::kDefault, true},
    {"vus_max", MetricType::kGauge, ValueType::kDefault, true},
    {"iterations", MetricType::kCounter, ValueType::kDefault},
    {"iteration_duration", MetricType::kTrend, ValueType::kTime},
    {"dropped_iterations", MetricType::kCounter, ValueType::kDefault},
    {"checks", MetricType::kRate, ValueType::kDefault},
    {"group_duration", MetricType::kTrend, ValueType::kTime},
    {"http_reqs", MetricType::kCounter, ValueType::kDefault},
    {"http_req_failed", MetricType::kRate, ValueType::kDefault},
    {"http_req_duration", MetricType::kTrend, ValueType::kTime},
    {"http_req_blocked", MetricType::kTrend, ValueType::kTime},
    {"http_req_connecting", MetricType::kTrend, ValueType::kTime},
    {"http_req_tls_handshaking", MetricType::kTrend, ValueType::kTime},
    {"http_req_sending", MetricType::kTrend, ValueType::kTime},
    {"http_req_waiting", MetricType::kTrend, ValueType::kTime},
    {"http_req_receiving", MetricType::kTrend, ValueType::kTime},
    {"ws_sessions", MetricType::kCounter, ValueType::kDefault},
    {"ws_msgs_sent", MetricType::kCounter, ValueType::kDefault},
    {"ws_msgs_received", MetricType::kCounter, ValueType::kDefault},
    {"ws_ping", MetricType::kTrend, ValueType::kTime},
    {"ws_session_duration", MetricType::kTrend, ValueType::kTime},
    {"ws_connecting", MetricType::kTrend, ValueType::kTime},
    {"grpc_req_duration", MetricType::kTrend, ValueType::kTime},
    {"data_sent", MetricType::kCounter, ValueType::kData},
    {"data_received", MetricType::kCounter, ValueType::kData},
    {"loadctl_start_lag", MetricType::kTrend, ValueType::kTime},
    {"loadctl_iteration_latency", MetricType::kTrend, ValueType::kTime},
    {"http_req_looking_up", MetricType::kTrend, ValueType::kTime},
    {"loadctl_connections_opened", MetricType::kCounter, ValueType::kDefault},
    {"loadctl_connections_reused", MetricType::kCounter, ValueType::kDefault},
    {"loadctl_connections_open", MetricType::kGauge, ValueType::kDefault, true},
}};

[[nodiscard]] constexpr const BuiltinMetric& Describe(Builtin metric) {
  return kBuiltinMetrics[static_cast<std::size_t>(metric)];
}

/// Whether the run's value of a gauge is the sum of the agents' values.
[[nodiscard]] bool IsSummed(std::string_view metric);

/// Begins the names of metrics that k6 does not have. A summary shows them where they were asked
/// for.
inline constexpr std::string_view kOwnPrefix = "loadctl_";

/// The sub-metric that k6 always makes while the system tag `expected_response` is on.
inline constexpr std::string_view kExpectedResponse = "http_req_duration{expected_response:true}";

/// `counter`, `gauge`, `rate`, `trend`.
[[nodiscard]] std::string_view TypeName(MetricType type);
/// `default`, `time`, `data`.
[[nodiscard]] std::string_view ValueTypeName(ValueType contains);

}  // namespace loadctl::metrics
