#include "controller/plan/script_scenarios.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "common/plan/go_text.h"
#include "common/plan/json_reader.h"
#include "common/plan/scenario_json.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// Replaces `out` unless the value is null, which leaves the default.
template <typename T, typename U>
Result<void> Assign(Result<std::optional<T>> value, const JsonPlace& place, std::string_view form,
                    U& out) {
  if (!value) return tl::unexpected(Wanting(value.error(), place, form));
  if (*value) out = std::move(**value);
  return {};
}

template <typename T>
Result<void> ReadInt(const JsonPlace& place, const json::value& value, T& out) {
  return Assign(JsonInt(place, value), place, kIntForm, out);
}
template <typename T>
Result<void> ReadDuration(const JsonPlace& place, const json::value& value, T& out) {
  return Assign(JsonDuration(place, value), place, kDurationForm, out);
}
Result<void> ReadTexts(const JsonPlace& place, const json::value& value,
                       std::map<std::string, std::string>& out) {
  return Assign(JsonStringMap(place, value), place, kTextsForm, out);
}

tl::unexpected<Error> WrongType(const JsonPlace& place, const json::value& value,
                                std::string_view type, std::string_view form) {
  return tl::unexpected(Wanting(JsonTypeError(place, value, type).value(), place, form));
}

/// One field of an executor; sets `known` if the executor has it.
Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       ConstantVus& out, bool& known) {
  known = true;
  if (SameKey(key, "vus")) return ReadInt(place, value, out.vus);
  if (SameKey(key, "duration")) return ReadDuration(place, value, out.duration);
  known = false;
  return {};
}

Result<void> ReadStages(const JsonPlace& place, const json::value& value, std::vector<Stage>& out) {
  if (value.is_null()) return {};
  if (!value.is_array()) return WrongType(place, value, "[]executor.Stage", kStagesForm);
  out.clear();
  std::size_t number = 0;
  for (const json::value& item : value.get_array()) {
    const JsonPlace at = place.At(number++);
    if (!item.is_object())
      return WrongType(at, item, "executor.Stage", "an object of duration and target");
    Stage stage;
    for (const auto& [raw_key, field] : item.get_object()) {
      const std::string_view key(raw_key);
      const JsonPlace inner = at.At(key);
      if (SameKey(key, "duration")) {
        LOADCTL_CHECK_OK(ReadDuration(inner, field, stage.duration));
      } else if (SameKey(key, "target")) {
        LOADCTL_CHECK_OK(ReadInt(inner, field, stage.target));
      } else {
        return tl::unexpected(
            Wanting(JsonValueError(at, "json: unknown field " + QuoteGo(key)).value(), at,
                    "duration and target, nothing else"));
      }
    }
    out.push_back(stage);
  }
  return {};
}

Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       RampingVus& out, bool& known) {
  known = true;
  if (SameKey(key, "startVUs")) return ReadInt(place, value, out.start_vus);
  if (SameKey(key, "stages")) return ReadStages(place, value, out.stages);
  if (SameKey(key, "gracefulRampDown")) return ReadDuration(place, value, out.graceful_ramp_down);
  known = false;
  return {};
}

/// What both arrival rates have.
template <typename Rate>
Result<void> ReadRateField(const JsonPlace& place, std::string_view key, const json::value& value,
                           Rate& out, bool& known) {
  known = true;
  if (SameKey(key, "timeUnit")) return ReadDuration(place, value, out.time_unit);
  if (SameKey(key, "preAllocatedVUs")) return ReadInt(place, value, out.vus.pre_allocated);
  if (SameKey(key, "maxVUs")) return ReadInt(place, value, out.vus.max);
  known = false;
  return {};
}

Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       ConstantArrivalRate& out, bool& known) {
  known = true;
  if (SameKey(key, "rate")) return ReadInt(place, value, out.rate);
  if (SameKey(key, "duration")) return ReadDuration(place, value, out.duration);
  return ReadRateField(place, key, value, out, known);
}

Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       RampingArrivalRate& out, bool& known) {
  known = true;
  if (SameKey(key, "startRate")) return ReadInt(place, value, out.start_rate);
  if (SameKey(key, "stages")) return ReadStages(place, value, out.stages);
  return ReadRateField(place, key, value, out, known);
}

Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       ExternallyControlled& out, bool& known) {
  known = true;
  if (SameKey(key, "vus")) return ReadInt(place, value, out.vus);
  if (SameKey(key, "maxVUs")) return ReadInt(place, value, out.max_vus);
  if (SameKey(key, "duration")) return ReadDuration(place, value, out.duration);
  known = false;
  return {};
}

template <typename Iterations>  // PerVuIterations and SharedIterations have the same fields
Result<void> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       Iterations& out, bool& known) {
  known = true;
  if (SameKey(key, "vus")) return ReadInt(place, value, out.vus);
  if (SameKey(key, "iterations")) return ReadInt(place, value, out.iterations);
  if (SameKey(key, "maxDuration")) return ReadDuration(place, value, out.max_duration);
  known = false;
  return {};
}

/// `options`: an object whose only known field is `browser`.
Result<void> ReadOptions(const JsonPlace& place, const json::value& value, Scenario& out) {
  if (value.is_null()) return {};
  if (!value.is_object())
    return WrongType(place, value, "lib.ScenarioOptions", "an object with the key browser");
  for (const auto& [key, item] : value.get_object()) {
    if (!SameKey(std::string_view(key), "browser")) {
      return JsonValueError(place, "json: unknown field " + QuoteGo(std::string_view(key)));
    }
  }
  out.options_json = json::serialize(value);
  return {};
}

/// One field that every executor has; sets `known` if it is one.
Result<void> ReadCommonField(const JsonPlace& place, std::string_view key, const json::value& value,
                             Scenario& out, bool& known) {
  known = true;
  if (SameKey(key, "executor")) return {};
  if (SameKey(key, "startTime")) return ReadDuration(place, value, out.start_time);
  if (SameKey(key, "gracefulStop")) return ReadDuration(place, value, out.graceful_stop);
  if (SameKey(key, "exec")) return Assign(JsonString(place, value), place, kTextForm, out.exec);
  if (SameKey(key, "env")) return ReadTexts(place, value, out.env);
  if (SameKey(key, "tags")) return ReadTexts(place, value, out.tags);
  if (SameKey(key, "options")) return ReadOptions(place, value, out);
  known = false;
  return {};
}

/// Makes the alternative called `name`; false if there is none.
template <std::size_t I = 0>
bool MakeExecutor(std::string_view name, ExecutorConfig& out) {
  if constexpr (I < std::variant_size_v<ExecutorConfig>) {
    using Config = std::variant_alternative_t<I, ExecutorConfig>;
    if (name != Config::kName) return MakeExecutor<I + 1>(name, out);
    out.emplace<Config>();
    return true;
  }
  return false;
}

/// `constant-vus, ramping-vus, ...`.
template <std::size_t I = 0>
std::string ExecutorNames() {
  if constexpr (I < std::variant_size_v<ExecutorConfig>) {
    const std::string name(std::variant_alternative_t<I, ExecutorConfig>::kName);
    return (I == 0 ? "" : ", ") + name + ExecutorNames<I + 1>();
  }
  return "";
}

Result<std::string> ExecutorOf(const JsonPlace& place, const json::object& object) {
  std::string executor;
  for (const auto& [key, value] : object) {
    if (!SameKey(std::string_view(key), "executor") || value.is_null()) continue;
    if (!value.is_string()) {
      return WrongType(place.At("executor"), value, "string", "one of " + ExecutorNames());
    }
    executor = std::string(value.get_string());
  }
  return executor;
}

Result<json::value> ReadScenario(const JsonPlace& place, const std::string& name,
                                 const json::value& value) {
  if (!value.is_object() && !value.is_null()) {
    return WrongType(place, value, "struct { ExecutorType string \"json:\\\"executor\\\"\" }",
                     "an object with an executor and what that needs");
  }
  static const json::object kEmpty;
  const json::object& object = value.is_null() ? kEmpty : value.get_object();
  LOADCTL_TRY(const std::string executor, ExecutorOf(place, object));
  const auto wrong_executor = [&](const Error& error) {
    return tl::unexpected(Wanting(error, place.At("executor"), "one of " + ExecutorNames()));
  };
  if (executor.empty()) {
    return wrong_executor({ErrorCode::kInvalidConfig,
                           "scenario '" + name + "' doesn't have a specified executor type"});
  }
  Scenario out;
  out.name = name;
  if (!MakeExecutor(executor, out.executor)) {
    return wrong_executor(
        JsonValueError(place, "unknown executor type '" + executor + "'").value());
  }
  // It ends at once when its time is over, or never: there is nothing to be graceful about.
  const bool external = std::holds_alternative<ExternallyControlled>(out.executor);
  if (external) out.graceful_stop = {};
  for (const auto& field : object) {
    const std::string_view key(field.key());
    const json::value& item = field.value();
    if (external && SameKey(key, "gracefulStop") && !item.is_null()) {
      return JsonValueError(place,
                            "gracefulStop is not supported by the externally controlled executor");
    }
    bool known = false;
    LOADCTL_CHECK_OK(ReadCommonField(place.At(key), key, item, out, known));
    if (known) continue;
    LOADCTL_CHECK_OK(
        std::visit([&](auto& config) { return ReadField(place.At(key), key, item, config, known); },
                   out.executor));
    if (!known) return JsonValueError(place, "json: unknown field " + QuoteGo(key));
  }
  return ScenarioToValue(out);
}

}  // namespace

Result<std::string> CanonicalScenarios(const JsonPlace& place, const json::value& value) {
  if (!value.is_object()) {
    return WrongType(place, value, "map[string]lib.protoExecutorConfig",
                     "an object of scenarios by name");
  }
  json::object out;
  for (const auto& [name, item] : value.get_object()) {
    const JsonPlace at{place.path + "." + std::string(name), place.field, place.source};
    LOADCTL_TRY(out[name], ReadScenario(at, std::string(name), item));
  }
  return json::serialize(out);
}

Result<std::vector<Scenario>> ScenariosFromCanonical(std::string_view canonical) {
  LOADCTL_TRY(const json::value value, ParseJson(canonical, "reading scenarios"));
  std::vector<Scenario> out;
  for (const auto& [name, item] : value.get_object()) {
    const std::string scenario(name);
    LOADCTL_TRY(Scenario read, ScenarioFromValue(item, "scenarios." + scenario));
    out.push_back(std::move(read));
  }
  std::sort(out.begin(), out.end(),
            [](const Scenario& a, const Scenario& b) { return a.name < b.name; });
  return out;
}

}  // namespace loadctl::plan
