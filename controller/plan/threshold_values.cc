#include "controller/plan/threshold_values.h"

#include <boost/json/serialize.hpp>
#include <map>

#include "controller/plan/json_types.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

json::object Spec(json::string expression) {
  return {{"threshold", std::move(expression)}, {"abortOnFail", false}, {"delayAbortEval", 0}};
}

Result<json::object> ReadSpec(const JsonPlace& place, const json::value& value) {
  if (value.is_string()) return Spec(value.get_string());
  if (!value.is_object()) return JsonTypeError(place, value, "metrics.rawThresholdConfig");
  json::object out = Spec("");
  for (const auto& [raw_key, item] : value.get_object()) {
    const std::string_view key(raw_key);
    const JsonPlace field{place.path + "." + std::string(key),
                          place.field + "." + std::string(key)};
    if (item.is_null()) continue;
    if (SameKey(key, "threshold")) {
      if (!item.is_string()) return JsonTypeError(field, item, "string");
      out["threshold"] = item;
    } else if (SameKey(key, "abortOnFail")) {
      if (!item.is_bool()) return JsonTypeError(field, item, "bool");
      out["abortOnFail"] = item;
    } else if (SameKey(key, "delayAbortEval")) {
      LOADCTL_TRY(const auto delay, JsonDuration(field, item));
      if (delay) out["delayAbortEval"] = delay->count();
    }
  }
  return out;
}

}  // namespace

Result<std::string> CanonicalThresholds(const json::value& value) {
  const JsonPlace place{"thresholds", "Options.thresholds"};
  if (!value.is_object()) return JsonTypeError(place, value, "map[string]metrics.Thresholds");
  std::map<std::string, json::array> metrics;
  for (const auto& [raw_metric, items] : value.get_object()) {
    const std::string metric(raw_metric);
    const JsonPlace of_metric{"thresholds." + metric, place.field};
    json::array& specs = metrics[metric];
    specs.clear();
    if (items.is_null()) continue;
    if (!items.is_array()) return JsonTypeError(of_metric, items, "[]metrics.thresholdConfig");
    for (const json::value& item : items.get_array()) {
      LOADCTL_TRY(json::object spec, ReadSpec(of_metric, item));
      specs.push_back(std::move(spec));
    }
  }
  json::array out;
  for (auto& [metric, specs] : metrics) {
    out.push_back({{"metric", metric}, {"thresholds", std::move(specs)}});
  }
  return json::serialize(out);
}

}  // namespace loadctl::plan
