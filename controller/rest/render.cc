#include "controller/rest/render.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "common/metrics/builtin.h"
#include "common/text/json_writer.h"
#include "controller/summary/json.h"

namespace loadctl::rest {
namespace {

using summary::ContainsOf;
using summary::GroupSummary;
using summary::GroupTree;
using summary::MetricSummary;
using summary::TypeOf;
using text::JsonNumber;
using text::JsonString;

constexpr const char* kPlain = "text/plain; charset=utf-8";  // as k6 has it

std::string Text(bool value) { return value ? "true" : "false"; }

std::string Sample(const MetricSummary& metric) {
  std::map<std::string, double> sample;
  switch (metric.values_case()) {
    case MetricSummary::kGauge:
      sample = {{"value", metric.gauge().value()}};
      break;
    case MetricSummary::kRate:
      sample = {{"rate", metric.rate().rate()}};
      break;
    case MetricSummary::kTrend:
      for (const auto& stat : metric.trend().stats()) sample[stat.name()] = stat.value();
      break;
    default:
      sample = {{"count", metric.counter().count()}, {"rate", metric.counter().rate()}};
  }
  std::string out;
  for (const auto& [name, value] : sample)
    out += (out.empty() ? "" : ",") + JsonString(name) + ":" + JsonNumber(value);
  return "{" + out + "}";
}

std::string Metric(const MetricSummary& metric, bool judged) {
  const auto failed = [](const summary::ThresholdResult& result) { return !result.ok(); };
  const bool known = judged && metric.has_samples() && !metric.thresholds().empty();
  const std::string tainted =
      known ? Text(std::any_of(metric.thresholds().begin(), metric.thresholds().end(), failed))
            : "null";
  return "{\"type\":\"metrics\",\"id\":" + JsonString(metric.name()) +
         ",\"attributes\":{\"type\":" + JsonString(metrics::TypeName(TypeOf(metric))) +
         ",\"contains\":" + JsonString(metrics::ValueTypeName(ContainsOf(metric))) +
         ",\"tainted\":" + tainted + ",\"sample\":" + Sample(metric) + "}}";
}

bool IsShown(const MetricSummary& metric) {
  return metric.has_samples() || !metric.thresholds().empty();
}

std::string Reference(const GroupSummary& group) {
  return "{\"type\":\"groups\",\"id\":" + JsonString(group.id()) + "}";
}

std::string Group(const GroupTree& tree, std::size_t place, const GroupSummary* parent) {
  const GroupSummary& group = tree.At(place);
  std::string checks, groups;
  for (const auto& check : group.checks()) {
    checks += (checks.empty() ? "" : ",") + ("{\"id\":" + JsonString(check.id())) +
              ",\"path\":" + JsonString(check.path()) + ",\"name\":" + JsonString(check.name()) +
              ",\"passes\":" + std::to_string(check.passes()) +
              ",\"fails\":" + std::to_string(check.fails()) + "}";
  }
  for (const std::size_t child : tree.In(place))
    groups += (groups.empty() ? "" : ",") + Reference(tree.At(child));
  return "{\"type\":\"groups\",\"id\":" + JsonString(group.id()) +
         ",\"attributes\":{\"path\":" + JsonString(group.path()) +
         ",\"name\":" + JsonString(group.name()) +
         ",\"checks\":" + (checks.empty() ? "null" : "[" + checks + "]") +
         "},\"relationships\":{\"groups\":{\"data\":[" + groups +
         "]},\"parent\":{\"data\":" + (parent == nullptr ? "null" : Reference(*parent)) + "}}}";
}

/// Depth first; a group comes before those inside it.
void ForEachGroup(const GroupTree& tree, std::size_t place, const GroupSummary* parent,
                  const std::function<void(std::size_t group, const GroupSummary* parent)>& visit) {
  visit(place, parent);
  for (const std::size_t child : tree.In(place)) ForEachGroup(tree, child, &tree.At(place), visit);
}

/// The word for k6's number of an execution's state.
std::string StateName(int state) {
  constexpr auto kStates = std::to_array<const char*>(
      {"created", "making VUs", "preparing", "prepared", "paused before the start", "started",
       "setup", "running", "teardown", "ended", "interrupted", "marked as failed"});
  if (state < 0 || state >= std::ssize(kStates)) return std::to_string(state);
  return kStates[static_cast<std::size_t>(state)];
}

Response Data(std::string data, const char* type = kPlain) {
  return {200, type, "{\"data\":" + std::move(data) + "}"};
}

void WriteHealth(text::JsonWriter& out, const v1::AgentHealth& now) {
  out.Key("active_vus").Number(now.active_vus());
  out.Key("health").Object([&] {
    summary::WriteHealth(out, now.health(), now.has_start_lag() ? &now.start_lag() : nullptr);
    out.Key("memory_bytes").Number(now.health().memory_bytes());
    out.Key("heap_bytes").Number(now.health().heap_bytes());
    out.Key("delay_ms").Number(summary::Milliseconds(now.delay_ns()));
    out.Key("round_trip_ms").Number(summary::Milliseconds(now.round_trip_ns()));
  });
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
  for (const auto& metric : summary.metrics()) {
    if (IsShown(metric)) list += (list.empty() ? "" : ",") + Metric(metric, judged);
  }
  return Data("[" + list + "]");
}

Response MetricResponse(const summary::Summary& summary, bool judged, std::string_view id) {
  for (const auto& metric : summary.metrics()) {
    if (metric.name() == id && IsShown(metric)) return Data(Metric(metric, judged));
  }
  return ErrorResponse(404, "Not Found", "No metric with that ID was found");
}

Response GroupsResponse(const summary::Summary& summary) {
  std::string list;
  const GroupTree tree(summary);
  ForEachGroup(tree, 0, nullptr, [&](std::size_t group, const GroupSummary* parent) {
    list += (list.empty() ? "" : ",") + Group(tree, group, parent);
  });
  return Data("[" + list + "]");
}

Response GroupResponse(const summary::Summary& summary, std::string_view id) {
  std::string found;
  const GroupTree tree(summary);
  ForEachGroup(tree, 0, nullptr, [&](std::size_t group, const GroupSummary* parent) {
    if (found.empty() && tree.At(group).id() == id) found = Group(tree, group, parent);
  });
  if (found.empty()) return ErrorResponse(404, "Not Found", "No group with that ID was found");
  return Data(std::move(found));
}

Response SetupDataResponse(const std::optional<std::string>& json) {
  return Data("{\"type\":\"setupData\",\"id\":\"default\",\"attributes\":{" +
                  (json ? "\"data\":" + *json : "") + "}}",
              "application/json");
}

Response RunResponse(const RunFacts& facts) {
  const Status& status = facts.status;
  text::JsonWriter out(0);
  const auto number = [&](const char* key, const std::optional<double>& value) {
    out.Key(key);
    value ? out.Number(*value) : out.Null();
  };
  out.Object([&] {
    out.Key("pid").Number(std::int64_t{facts.pid});
    out.Key("script").String(facts.script);
    out.Key("status").String(StateName(status.status));
    out.Key("paused").Bool(status.paused);
    out.Key("vus").Number(status.vus);
    out.Key("vus-max").Number(status.vus_max);
    out.Key("stopped").Bool(status.stopped);
    out.Key("running").Bool(status.running);
    out.Key("tainted").Bool(status.tainted);
    out.Key("seconds").Number(facts.seconds);
    out.Key("max_seconds").Number(facts.max_seconds);
    out.Key("iterations").Number(facts.iterations);
    out.Key("interrupted").Number(facts.interrupted);
    out.Key("recent");
    if (!facts.recent) {
      out.Null();
    } else {
      out.Object([&] {
        out.Key("seconds").Number(facts.recent->seconds);
        out.Key("requests").Bool(facts.recent->requests);
        out.Key("per_second").Number(facts.recent->per_second);
        number("p95_ms", facts.recent->p95_ms);
        number("failed", facts.recent->failed);
      });
    }
    out.Key("agents").Array([&] {
      for (const AgentFacts& agent : facts.agents) {
        out.Element().Object([&] {
          out.Key("agent").Number(std::int64_t{agent.agent});
          out.Key("name").String(agent.name);
          out.Key("state").String(agent.state);
          if (!agent.why.empty()) out.Key("why").String(agent.why);
          out.Key("workers").Number(std::int64_t{agent.workers});
          out.Key("vus").Number(agent.vus);
          if (agent.health) WriteHealth(out, *agent.health);
        });
      }
    });
  });
  return {200, "application/json", out.Take()};
}

}  // namespace loadctl::rest
