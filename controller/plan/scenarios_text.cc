#include "controller/plan/scenarios_text.h"

#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "common/base/duration.h"
#include "common/plan/go_json.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

enum class FieldType { kInt, kDuration, kText, kTexts, kStages, kOptions };

struct Field {
  std::string_view key;
  FieldType type;
};

using enum FieldType;

/// What every scenario has, after its `executor`.
constexpr std::array<Field, 6> kCommon = {{{"startTime", kDuration},
                                           {"gracefulStop", kDuration},
                                           {"env", kTexts},
                                           {"exec", kText},
                                           {"tags", kTexts},
                                           {"options", kOptions}}};

constexpr std::array<Field, 2> kConstantVus = {{{"vus", kInt}, {"duration", kDuration}}};
constexpr std::array<Field, 3> kRampingVus = {
    {{"startVUs", kInt}, {"stages", kStages}, {"gracefulRampDown", kDuration}}};
constexpr std::array<Field, 3> kIterations = {
    {{"vus", kInt}, {"iterations", kInt}, {"maxDuration", kDuration}}};
constexpr std::array<Field, 5> kConstantRate = {{{"rate", kInt},
                                                 {"timeUnit", kDuration},
                                                 {"duration", kDuration},
                                                 {"preAllocatedVUs", kInt},
                                                 {"maxVUs", kInt}}};
constexpr std::array<Field, 5> kRampingRate = {{{"startRate", kInt},
                                                {"timeUnit", kDuration},
                                                {"stages", kStages},
                                                {"preAllocatedVUs", kInt},
                                                {"maxVUs", kInt}}};
constexpr std::array<Field, 3> kExternal = {
    {{"vus", kInt}, {"duration", kDuration}, {"maxVUs", kInt}}};

/// The fields of an executor's own, in k6's order.
std::span<const Field> FieldsOf(std::string_view executor) {
  if (executor == "constant-vus") return kConstantVus;
  if (executor == "ramping-vus") return kRampingVus;
  if (executor == "constant-arrival-rate") return kConstantRate;
  if (executor == "ramping-arrival-rate") return kRampingRate;
  if (executor == "externally-controlled") return kExternal;
  return kIterations;
}

/// The last value of the key that is not null, by Go's rule for keys; null if there is none.
json::value Find(const json::object& object, std::string_view key) {
  json::value found;
  for (const auto& [name, value] : object) {
    if (SameKey(std::string_view(name), key) && !value.is_null()) found = value;
  }
  return found;
}

json::value ShownDuration(const json::value& written) {
  const auto duration = JsonDuration({}, written);
  if (!duration || !*duration) return nullptr;
  return json::string(FormatGoDuration(**duration));
}

json::value ShownInt(const json::value& written) {
  const auto number = JsonInt({}, written);
  return number && *number ? json::value(**number) : nullptr;
}

json::value ShownField(FieldType type, const json::value& written) {
  switch (type) {
    case kInt:
      return ShownInt(written);
    case kDuration:
      return ShownDuration(written);
    case kStages:
      return ShownStages(written);
    case kText:
    case kTexts:
    case kOptions:
      return SortKeys(written);
  }
  return nullptr;
}

json::object ShownScenario(const json::object& written) {
  json::object out;
  out["executor"] = Find(written, "executor");
  const std::string executor(out["executor"].is_string() ? out["executor"].get_string() : "");
  for (const auto& fields : {std::span<const Field>(kCommon), FieldsOf(executor)}) {
    for (const Field& field : fields) {
      json::value value = ShownField(field.type, Find(written, field.key));
      if (field.type == kOptions && value.is_null()) continue;
      out[field.key] = std::move(value);
    }
  }
  return out;
}

/// Whether the i-th written threshold of the metric sets the field.
bool IsSet(const json::value& written, std::string_view metric, std::size_t i,
           std::string_view field) {
  const auto* metrics = written.if_object();
  const auto* list = metrics == nullptr ? nullptr : metrics->if_contains(metric);
  if (list == nullptr || !list->is_array() || i >= list->get_array().size()) return false;
  const auto* spec = list->get_array()[i].if_object();
  return spec != nullptr && !Find(*spec, field).is_null();
}

}  // namespace

json::value ShownScenarios(const json::value& written) {
  const auto* scenarios = written.if_object();
  if (scenarios == nullptr) return nullptr;
  std::map<std::string, json::object> sorted;  // by name; fields have an order of their own
  for (const auto& [name, scenario] : *scenarios) {
    if (scenario.is_object()) sorted[std::string(name)] = ShownScenario(scenario.get_object());
  }
  json::object out;
  for (auto& [name, scenario] : sorted) out[name] = std::move(scenario);
  return out;
}

json::value ShownStages(const json::value& written) {
  const auto* list = written.if_array();
  if (list == nullptr) return nullptr;
  json::array out;
  for (const json::value& stage : *list) {
    static const json::object kEmpty;
    const json::object& fields = stage.is_object() ? stage.get_object() : kEmpty;
    out.push_back(json::object{{"duration", ShownDuration(Find(fields, "duration"))},
                               {"target", ShownInt(Find(fields, "target"))}});
  }
  return out;
}

json::value ShownCanonicalStages(const json::value& canonical) {
  json::array out;
  for (const json::value& stage : canonical.as_array()) {
    const std::chrono::nanoseconds duration(stage.at("duration").as_int64());
    out.push_back(json::object{{"duration", json::string(FormatGoDuration(duration))},
                               {"target", Find(stage.as_object(), "target")}});
  }
  return out;
}

json::value ShownThresholds(const json::value& canonical, const json::value& written) {
  json::object out;
  for (const json::value& metric : canonical.as_array()) {
    const auto& name = metric.at("metric").as_string();
    json::array specs;
    for (const json::value& spec : metric.at("thresholds").as_array()) {
      const json::value& expression = spec.at("threshold");
      if (!spec.at("abortOnFail").as_bool()) {
        specs.push_back(expression);
        continue;
      }
      const bool delayed = IsSet(written, std::string_view(name), specs.size(), "delayAbortEval");
      const std::chrono::nanoseconds delay(spec.at("delayAbortEval").as_int64());
      specs.push_back(
          json::object{{"threshold", expression},
                       {"abortOnFail", true},
                       {"delayAbortEval",
                        delayed ? json::value(json::string(FormatGoDuration(delay))) : nullptr}});
    }
    out[std::string_view(name)] = std::move(specs);
  }
  return out;
}

json::object ShownShortcut(const json::object& shown) {
  json::object out;
  const json::value& vus = shown.at("vus");
  const json::value& duration = shown.at("duration");
  const json::value& iterations = shown.at("iterations");
  const json::value& stages = shown.at("stages");
  if (!iterations.is_null()) {
    out = {{"executor", "shared-iterations"},
           {"vus", vus},
           {"iterations", iterations},
           {"maxDuration", duration}};
  } else if (!duration.is_null()) {
    out = {{"executor", "constant-vus"}, {"vus", vus}, {"duration", duration}};
  } else if (stages.is_array() && !stages.get_array().empty()) {
    out = {{"executor", "ramping-vus"}, {"startVUs", vus}, {"stages", stages}};
  } else if (!vus.is_null() && stages.is_null()) {
    out = {{"executor", "shared-iterations"}, {"vus", vus}, {"iterations", vus}};
  } else {
    out = {{"executor", "per-vu-iterations"}};
  }
  return ShownScenario(out);
}

}  // namespace loadctl::plan
