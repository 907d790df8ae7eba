#include "controller/cli/control_text.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "common/text/plural.h"
#include "controller/cli/table.h"
#include "controller/summary/humanize.h"

namespace loadctl::cli {
namespace json = boost::json;
namespace {

double NumberOf(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  return value.is_double() ? value.get_double() : 0;
}

std::string TextOf(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_null() ? "-" : json::serialize(value);
}

bool IsTrue(const json::value& value) { return value.is_bool() && value.get_bool(); }

std::string Seconds(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  return summary::HumanizeTime(std::round(std::clamp(seconds, 0.0, 1e9)) * 1000, "");
}

std::string Time(const json::value& run) {
  const std::string spent = Seconds(NumberOf(At(run, "seconds")));
  const double most = NumberOf(At(run, "max_seconds"));
  return most > 0 && most < 1e9 ? spent + "/" + Seconds(most) : spent;
}

std::string Value(const json::value& value, metrics::ValueType contains) {
  return value.is_null() ? "-" : summary::HumanizeValue(NumberOf(value), contains, "");
}

std::string Rate(const json::value& recent) {
  if (recent.is_null()) return "-";
  const bool requests = IsTrue(At(recent, "requests"));
  return Value(At(recent, "per_second"), metrics::ValueType::kDefault) +
         (requests ? " reqs/s" : " iters/s");
}

std::string Agents(const json::value& run) {
  const json::array* agents = At(run, "agents").if_array();
  if (agents == nullptr) return "-";
  const auto lost = std::count_if(agents->begin(), agents->end(), [](const json::value& agent) {
    return TextOf(At(agent, "state")) == "lost";
  });
  return std::to_string(agents->size()) + (lost == 0 ? "" : " (" + std::to_string(lost) + " lost)");
}

/// 0: as many as it has cores, which it says when its VUs are ready.
std::string Workers(const json::value& agent) {
  const std::string text = TextOf(At(agent, "workers"));
  return text == "0" ? "-" : text;
}

/// `3/10`: at work, and made.
std::string BusyVus(const json::value& agent) {
  const std::string made = TextOf(At(agent, "vus"));
  const json::value& busy = At(agent, "active_vus");
  return busy.is_null() ? made : TextOf(busy) + "/" + made;
}

std::string Share(const json::value& value) {
  return value.is_null() ? "-" : summary::HumanizeRate(NumberOf(value));
}

metrics::ValueType ContainsOf(const json::value& contains) {
  const std::string text = TextOf(contains);
  return text == "time"   ? metrics::ValueType::kTime
         : text == "data" ? metrics::ValueType::kData
                          : metrics::ValueType::kDefault;
}

/// `avg=1ms med=...`; of a counter `12 3.4/s`.
std::string Sample(const json::value& fields) {
  const json::object* sample = At(fields, "sample").if_object();
  if (sample == nullptr) return "-";
  const std::string type = TextOf(At(fields, "type"));
  const auto contains = ContainsOf(At(fields, "contains"));
  std::string out;
  for (const auto& [name, value] : *sample) {
    std::string text = Value(value, contains);
    if (type == "rate") text = summary::HumanizeRate(NumberOf(value));
    if (type == "counter" && name == "rate") text += "/s";
    out += out.empty() ? "" : " ";
    out += type == "trend" ? std::string(name) + "=" + text : text;
  }
  return out;
}

/// What a threshold says of the metric.
std::string Judged(const json::value& fields) {
  const json::value& tainted = At(fields, "tainted");
  if (!tainted.is_bool()) return "";
  return tainted.get_bool() ? "crossed" : "ok";
}

std::string Vus(const json::value& run) {
  return text::Count(static_cast<std::int64_t>(NumberOf(At(run, "vus"))), "VU");
}

}  // namespace

const json::value& At(const json::value& value, std::string_view key) {
  static const json::value kNothing;
  const json::object* object = value.if_object();
  const json::value* found =
      object == nullptr ? nullptr : object->if_contains(json::string_view(key.data(), key.size()));
  return found == nullptr ? kNothing : *found;
}

std::string StatusTable(const std::vector<json::value>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& run : runs) {
    const json::value& recent = At(run, "recent");
    const json::value& failed = At(recent, "failed");
    std::string state = TextOf(At(run, "status"));
    if (IsTrue(At(run, "paused")) && state == "running") state = "paused";
    if (IsTrue(At(run, "tainted"))) state += ", threshold crossed";
    rows.push_back({TextOf(At(run, "pid")), TextOf(At(run, "script")), state, Time(run),
                    TextOf(At(run, "vus")) + "/" + TextOf(At(run, "vus-max")),
                    TextOf(At(run, "iterations")), Rate(recent),
                    Value(At(recent, "p95_ms"), metrics::ValueType::kTime), Share(failed),
                    Agents(run)});
  }
  return Table({{"PID", true},
                {"SCRIPT"},
                {"STATE"},
                {"TIME", true},
                {"VUS", true},
                {"ITERATIONS", true},
                {"RATE", true},
                {"P(95)", true},
                {"FAILED", true},
                {"AGENTS", true}},
               rows);
}

std::string AgentsTable(const json::value& run) {
  std::vector<std::vector<std::string>> rows;
  if (const json::array* agents = At(run, "agents").if_array()) {
    for (const json::value& agent : *agents) {
      const json::value& health = At(agent, "health");
      const json::value& cpu = At(health, "cpu");
      rows.push_back(
          {TextOf(At(agent, "agent")), TextOf(At(agent, "name")), TextOf(At(agent, "state")),
           Workers(agent), BusyVus(agent), Share(At(cpu, "used")),
           Value(At(At(health, "start_lag"), "p(99)"), metrics::ValueType::kTime),
           Value(At(At(health, "loop_lag"), "p99_ms"), metrics::ValueType::kTime),
           Value(At(health, "heap_bytes"), metrics::ValueType::kData),
           Value(At(health, "memory_bytes"), metrics::ValueType::kData),
           Value(At(health, "delay_ms"), metrics::ValueType::kTime), TextOf(At(agent, "why"))});
    }
  }
  return Table({{"AGENT", true},
                {"NAME"},
                {"STATE"},
                {"WORKERS", true},
                {"VUS", true},
                {"CPU", true},
                {"LATE STARTS", true},
                {"LOOP LATE", true},
                {"HEAP", true},
                {"MEMORY", true},
                {"DELAY", true},
                {"WHY"}},
               rows);
}

std::string StatsTable(const json::value& data) {
  std::vector<std::vector<std::string>> rows;
  if (const json::array* metrics = data.if_array()) {
    for (const json::value& metric : *metrics) {
      const json::value& fields = At(metric, "attributes");
      rows.push_back(
          {TextOf(At(metric, "id")), TextOf(At(fields, "type")), Sample(fields), Judged(fields)});
    }
  }
  return Table({{"METRIC"}, {"TYPE"}, {"VALUE"}, {"THRESHOLDS"}}, rows);
}

std::string StatsLines(const json::value& data) {
  std::string out;
  const json::array* metrics = data.if_array();
  if (metrics == nullptr) return out;
  for (const json::value& metric : *metrics) {
    const json::value& fields = At(metric, "attributes");
    json::object line;
    line["name"] = At(metric, "id");
    for (const char* key : {"type", "contains", "tainted", "sample"}) line[key] = At(fields, key);
    out += json::serialize(line) + "\n";
  }
  return out;
}

std::string Became(std::string_view command, const json::value& run) {
  const std::string vus = Vus(run);
  const bool none = NumberOf(At(run, "vus")) == 0;
  if (command == "pause") {
    return "paused after " + Seconds(NumberOf(At(run, "seconds"))) +
           (none ? ": no iteration is going on\n"
                 : ": " + vus + " still at work on an iteration\n");
  }
  if (command == "stop") return "the test is being stopped\n";
  // VUs go to work a moment after the test was resumed.
  if (command == "resume") return "the test goes on" + (none ? "" : ": " + vus + " at work") + "\n";
  if (IsTrue(At(run, "paused")))
    return "the test is paused: resumed, it goes on with what was asked for\n";
  return vus + " at work, of at most " + TextOf(At(run, "vus-max")) + "\n";
}

}  // namespace loadctl::cli
