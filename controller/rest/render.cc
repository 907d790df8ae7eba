#include "controller/rest/render.h"

#include <algorithm>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/metrics/builtin.h"
#include "common/text/json_writer.h"

namespace loadctl::rest {
namespace {

using summary::GroupSummary;
using summary::MetricSummary;
using text::JsonNumber;
using text::JsonString;

constexpr const char* kPlain = "text/plain; charset=utf-8";  // as k6 has it

std::string Text(bool value) { return value ? "true" : "false"; }

std::string Sample(const summary::Values& values) {
  std::map<std::string, double> sample;
  std::visit(
      [&](const auto& of) {
        using Of = std::decay_t<decltype(of)>;
        if constexpr (std::is_same_v<Of, summary::CounterValues>) {
          sample = {{"count", of.count}, {"rate", of.rate}};
        } else if constexpr (std::is_same_v<Of, summary::GaugeValues>) {
          sample = {{"value", of.value}};
        } else if constexpr (std::is_same_v<Of, summary::RateValues>) {
          sample = {{"rate", of.rate}};
        } else {
          sample = {of.stats.begin(), of.stats.end()};
        }
      },
      values);
  std::string out;
  for (const auto& [name, value] : sample)
    out += (out.empty() ? "" : ",") + JsonString(name) + ":" + JsonNumber(value);
  return "{" + out + "}";
}

std::string Metric(const MetricSummary& metric, bool judged) {
  const auto failed = [](const summary::ThresholdResult& result) { return !result.ok; };
  const bool known = judged && metric.has_samples && !metric.thresholds.empty();
  const std::string tainted =
      known ? Text(std::any_of(metric.thresholds.begin(), metric.thresholds.end(), failed))
            : "null";
  return "{\"type\":\"metrics\",\"id\":" + JsonString(metric.name) +
         ",\"attributes\":{\"type\":" + JsonString(metrics::TypeName(metric.type)) +
         ",\"contains\":" + JsonString(metrics::ValueTypeName(metric.contains)) +
         ",\"tainted\":" + tainted + ",\"sample\":" + Sample(metric.values) + "}}";
}

bool IsShown(const MetricSummary& metric) {
  return metric.has_samples || !metric.thresholds.empty();
}

std::string Reference(const GroupSummary& group) {
  return "{\"type\":\"groups\",\"id\":" + JsonString(group.id) + "}";
}

std::string Group(const GroupSummary& group, const GroupSummary* parent) {
  std::string checks, groups;
  for (const auto& check : group.checks) {
    checks += (checks.empty() ? "" : ",") + ("{\"id\":" + JsonString(check.id)) +
              ",\"path\":" + JsonString(check.path) + ",\"name\":" + JsonString(check.name) +
              ",\"passes\":" + std::to_string(check.passes) +
              ",\"fails\":" + std::to_string(check.fails) + "}";
  }
  for (const auto& child : group.groups) groups += (groups.empty() ? "" : ",") + Reference(child);
  return "{\"type\":\"groups\",\"id\":" + JsonString(group.id) +
         ",\"attributes\":{\"path\":" + JsonString(group.path) +
         ",\"name\":" + JsonString(group.name) +
         ",\"checks\":" + (checks.empty() ? "null" : "[" + checks + "]") +
         "},\"relationships\":{\"groups\":{\"data\":[" + groups +
         "]},\"parent\":{\"data\":" + (parent == nullptr ? "null" : Reference(*parent)) + "}}}";
}

/// Depth first; a group comes before those inside it.
void ForEachGroup(const GroupSummary& group, const GroupSummary* parent,
                  const std::function<void(const GroupSummary&, const GroupSummary*)>& visit) {
  visit(group, parent);
  for (const auto& child : group.groups) ForEachGroup(child, &group, visit);
}

Response Data(std::string data, const char* type = kPlain) {
  return {200, type, "{\"data\":" + std::move(data) + "}"};
}

}  // namespace

Response ErrorResponse(int status, std::string_view title, std::string_view detail) {
  return {status, "application/json; charset=utf-8",
          "{\"errors\":[{\"status\":\"" + std::to_string(status) +
              "\",\"title\":" + JsonString(title) + ",\"detail\":" + JsonString(detail) + "}]}"};
}

Response StatusResponse(const Status& status) {
  return Data("{\"type\":\"status\",\"id\":\"default\",\"attributes\":{\"status\":" +
                  std::to_string(status.status) + ",\"paused\":" + Text(status.paused) +
                  ",\"vus\":" + std::to_string(status.vus) +
                  ",\"vus-max\":" + std::to_string(status.vus_max) +
                  ",\"stopped\":" + Text(status.stopped) + ",\"running\":" + Text(status.running) +
                  ",\"tainted\":" + Text(status.tainted) + "}}",
              "application/json; charset=utf-8");
}

Response MetricsResponse(const summary::Summary& summary, bool judged) {
  std::string list;
  for (const auto& metric : summary.metrics) {
    if (IsShown(metric)) list += (list.empty() ? "" : ",") + Metric(metric, judged);
  }
  return Data("[" + list + "]");
}

Response MetricResponse(const summary::Summary& summary, bool judged, std::string_view id) {
  for (const auto& metric : summary.metrics) {
    if (metric.name == id && IsShown(metric)) return Data(Metric(metric, judged));
  }
  return ErrorResponse(404, "Not Found", "No metric with that ID was found");
}

Response GroupsResponse(const summary::Summary& summary) {
  std::string list;
  ForEachGroup(summary.root, nullptr, [&](const GroupSummary& group, const GroupSummary* parent) {
    list += (list.empty() ? "" : ",") + Group(group, parent);
  });
  return Data("[" + list + "]");
}

Response GroupResponse(const summary::Summary& summary, std::string_view id) {
  std::string found;
  ForEachGroup(summary.root, nullptr, [&](const GroupSummary& group, const GroupSummary* parent) {
    if (found.empty() && group.id == id) found = Group(group, parent);
  });
  if (found.empty()) return ErrorResponse(404, "Not Found", "No group with that ID was found");
  return Data(std::move(found));
}

Response SetupDataResponse(const std::optional<std::string>& json) {
  return Data("{\"type\":\"setupData\",\"id\":\"default\",\"attributes\":{" +
                  (json ? "\"data\":" + *json : "") + "}}",
              "application/json");
}

Response RunResponse(int pid, std::string_view script) {
  return {200, "application/json",
          "{\"pid\":" + std::to_string(pid) + ",\"script\":" + JsonString(script) + "}"};
}

}  // namespace loadctl::rest
