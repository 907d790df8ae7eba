#include "common/plan/scenario_json.h"

#include <boost/json/serialize.hpp>

#include "common/plan/json_reader.h"
#include "common/plan/scenario_fields.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

json::value Wire(std::int64_t value) { return value; }
json::value Wire(std::chrono::nanoseconds value) { return value.count(); }
json::value Wire(const std::string& value) { return json::string(value); }
json::value Wire(const std::map<std::string, std::string>& value) { return ToJson(value); }
json::value Wire(const std::vector<Stage>& value) { return StagesToValue(value); }

template <typename T>
void Write(std::string_view key, const T& value, json::object& out) {
  out[key] = Wire(value);
}
template <typename T>
void Write(std::string_view key, const std::optional<T>& value, json::object& out) {
  if (value) out[key] = Wire(*value);
}

void Read(JsonReader& reader, std::string_view key, std::int64_t& out) { out = reader.Int(key); }
void Read(JsonReader& reader, std::string_view key, std::chrono::nanoseconds& out) {
  out = reader.Duration(key);
}
void Read(JsonReader& reader, std::string_view key, std::optional<std::int64_t>& out) {
  out = reader.OptionalInt(key);
}
void Read(JsonReader& reader, std::string_view key, std::optional<std::chrono::nanoseconds>& out) {
  out = reader.OptionalDuration(key);
}
void Read(JsonReader& reader, std::string_view key, std::optional<std::string>& out) {
  out = reader.OptionalString(key);
}
void Read(JsonReader& reader, std::string_view key, std::map<std::string, std::string>& out) {
  out = reader.StringMap(key);
}
void Read(JsonReader& reader, std::string_view key, std::vector<Stage>& out) {
  auto stages = StagesFromValue(json::value(reader.Array(key)), std::string(key));
  if (!stages) return reader.Reject(key, stages.error().message);
  out = std::move(*stages);
}

}  // namespace

json::value StagesToValue(const std::vector<Stage>& stages) {
  json::array out;
  for (const Stage& stage : stages) {
    json::object item;
    if (stage.duration) item["duration"] = stage.duration->count();
    if (stage.target) item["target"] = *stage.target;
    out.push_back(std::move(item));
  }
  return out;
}

Result<std::vector<Stage>> StagesFromValue(const json::value& value, const std::string& where) {
  const auto* list = value.if_array();
  if (list == nullptr) return Fail(ErrorCode::kInvalidConfig, where + " is not a list");
  std::vector<Stage> out;
  for (const json::value& item : *list) {
    JsonReader fields(item, where);
    out.push_back({fields.OptionalDuration("duration"), fields.OptionalInt("target")});
    LOADCTL_CHECK_OK(fields.Done());
  }
  return out;
}

json::value ScenarioToValue(const Scenario& scenario) {
  json::object out;
  out["name"] = scenario.name;
  const std::string_view executor = ExecutorName(scenario.executor);
  out["executor"] = json::string_view(executor.data(), executor.size());
  const auto write = [&](std::string_view key, const auto& value) { Write(key, value, out); };
  ForEachCommonField(scenario, write);
  std::visit([&](const auto& config) { ForEachField(config, write); }, scenario.executor);
  if (scenario.options_json) out["options"] = *scenario.options_json;
  out["given"] = ToJson(std::vector<std::string>(scenario.given.begin(), scenario.given.end()));
  return out;
}

Result<Scenario> ScenarioFromValue(const json::value& value, const std::string& where) {
  JsonReader reader(value, where);
  Scenario out;
  out.name = reader.String("name");
  const std::string executor = reader.String("executor");
  const auto read = [&](std::string_view key, auto& member) { Read(reader, key, member); };
  if (MakeExecutor(executor, out.executor)) {
    std::visit([&](auto& config) { ForEachField(config, read); }, out.executor);
  } else {
    reader.Reject("executor", "'" + executor + "' is not known");
  }
  ForEachCommonField(out, read);
  out.options_json = reader.OptionalString("options");
  for (std::string& name : reader.Strings("given")) out.given.insert(std::move(name));
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
