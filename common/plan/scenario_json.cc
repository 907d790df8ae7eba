#include "common/plan/scenario_json.h"

#include <boost/json/serialize.hpp>

#include "common/plan/json_reader.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

void Write(const ConstantVus& config, json::object& out) {
  out["vus"] = config.vus;
  if (config.duration) out["duration"] = config.duration->count();
}

template <typename Iterations>  // PerVuIterations and SharedIterations have the same fields
void Write(const Iterations& config, json::object& out) {
  out["vus"] = config.vus;
  out["iterations"] = config.iterations;
  out["maxDuration"] = config.max_duration.count();
}

void Read(JsonReader& reader, ConstantVus& config) {
  config.vus = reader.Int("vus");
  config.duration = reader.OptionalDuration("duration");
}

template <typename Iterations>
void Read(JsonReader& reader, Iterations& config) {
  config.vus = reader.Int("vus");
  config.iterations = reader.Int("iterations");
  config.max_duration = reader.Duration("maxDuration");
}

/// Reads the alternative called `name`; false if there is none.
template <std::size_t I = 0>
bool ReadExecutor(JsonReader& reader, std::string_view name, ExecutorConfig& out) {
  if constexpr (I < std::variant_size_v<ExecutorConfig>) {
    using Config = std::variant_alternative_t<I, ExecutorConfig>;
    if (name != Config::kName) return ReadExecutor<I + 1>(reader, name, out);
    Read(reader, out.emplace<Config>());
    return true;
  }
  return false;
}

}  // namespace

json::value ScenarioToValue(const Scenario& scenario) {
  json::object out;
  out["name"] = scenario.name;
  const std::string_view executor = ExecutorName(scenario.executor);
  out["executor"] = json::string_view(executor.data(), executor.size());
  std::visit([&](const auto& config) { Write(config, out); }, scenario.executor);
  out["startTime"] = scenario.start_time.count();
  out["gracefulStop"] = scenario.graceful_stop.count();
  if (scenario.exec) out["exec"] = *scenario.exec;
  out["env"] = ToJson(scenario.env);
  out["tags"] = ToJson(scenario.tags);
  if (scenario.options_json) out["options"] = *scenario.options_json;
  return out;
}

Result<Scenario> ScenarioFromValue(const json::value& value, const std::string& where) {
  JsonReader reader(value, where);
  Scenario out;
  out.name = reader.String("name");
  const std::string executor = reader.String("executor");
  if (!ReadExecutor(reader, executor, out.executor)) {
    reader.Reject("executor", "'" + executor + "' is not known");
  }
  out.start_time = reader.Duration("startTime");
  out.graceful_stop = reader.Duration("gracefulStop");
  out.exec = reader.OptionalString("exec");
  out.env = reader.StringMap("env");
  out.tags = reader.StringMap("tags");
  out.options_json = reader.OptionalString("options");
  LOADCTL_CHECK_OK(reader.Done());
  return out;
}

std::string ScenarioToJson(const Scenario& scenario) {
  return json::serialize(ScenarioToValue(scenario));
}

Result<Scenario> ScenarioFromJson(std::string_view json) {
  LOADCTL_TRY(const json::value value, ParseJson(json, "reading a scenario"));
  return ScenarioFromValue(value, "scenario");
}

}  // namespace loadctl::plan
