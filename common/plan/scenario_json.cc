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

json::array StagesToJson(const std::vector<Stage>& stages) {
  json::array out;
  for (const Stage& stage : stages) {
    json::object item;
    if (stage.duration) item["duration"] = stage.duration->count();
    if (stage.target) item["target"] = *stage.target;
    out.push_back(std::move(item));
  }
  return out;
}

void WriteVus(const ArrivalVus& vus, json::object& out) {
  if (vus.pre_allocated) out["preAllocatedVUs"] = *vus.pre_allocated;
  if (vus.max) out["maxVUs"] = *vus.max;
}

void Write(const RampingVus& config, json::object& out) {
  out["startVUs"] = config.start_vus;
  out["stages"] = StagesToJson(config.stages);
  out["gracefulRampDown"] = config.graceful_ramp_down.count();
}

void Write(const ConstantArrivalRate& config, json::object& out) {
  if (config.rate) out["rate"] = *config.rate;
  out["timeUnit"] = config.time_unit.count();
  if (config.duration) out["duration"] = config.duration->count();
  WriteVus(config.vus, out);
}

void Write(const RampingArrivalRate& config, json::object& out) {
  out["startRate"] = config.start_rate;
  out["timeUnit"] = config.time_unit.count();
  out["stages"] = StagesToJson(config.stages);
  WriteVus(config.vus, out);
}

void Write(const ExternallyControlled& config, json::object& out) {
  out["vus"] = config.vus;
  if (config.max_vus) out["maxVUs"] = *config.max_vus;
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

std::vector<Stage> StagesFromJson(JsonReader& reader) {
  std::vector<Stage> out;
  for (const json::value& item : reader.Array("stages")) {
    JsonReader fields(item, "stages");
    Stage stage{fields.OptionalDuration("duration"), fields.OptionalInt("target")};
    if (const auto read = fields.Done(); !read) reader.Reject("stages", read.error().message);
    out.push_back(stage);
  }
  return out;
}

ArrivalVus ReadVus(JsonReader& reader) {
  ArrivalVus vus;
  vus.pre_allocated = reader.OptionalInt("preAllocatedVUs");
  vus.max = reader.OptionalInt("maxVUs");
  return vus;
}

void Read(JsonReader& reader, RampingVus& config) {
  config.start_vus = reader.Int("startVUs");
  config.stages = StagesFromJson(reader);
  config.graceful_ramp_down = reader.Duration("gracefulRampDown");
}

void Read(JsonReader& reader, ConstantArrivalRate& config) {
  config.rate = reader.OptionalInt("rate");
  config.time_unit = reader.Duration("timeUnit");
  config.duration = reader.OptionalDuration("duration");
  config.vus = ReadVus(reader);
}

void Read(JsonReader& reader, RampingArrivalRate& config) {
  config.start_rate = reader.Int("startRate");
  config.time_unit = reader.Duration("timeUnit");
  config.stages = StagesFromJson(reader);
  config.vus = ReadVus(reader);
}

void Read(JsonReader& reader, ExternallyControlled& config) {
  config.vus = reader.Int("vus");
  config.max_vus = reader.OptionalInt("maxVUs");
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
