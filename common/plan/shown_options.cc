// Options as k6 prints them: `inspect`, exec.test.options, archives. Null where nothing is set.
#include "common/plan/shown_options.h"

#include <boost/json/serialize.hpp>

#include "common/base/duration.h"
#include "common/plan/json_reader.h"
#include "common/plan/scenario_fields.h"
#include "common/text/go_json.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

json::value Shown(const Setting&, bool value) { return value; }
json::value Shown(const Setting&, std::int64_t value) { return value; }
json::value Shown(const Setting&, std::chrono::nanoseconds value) {
  return json::string(FormatGoDuration(value));
}
json::value Shown(const Setting&, const Texts& value) { return ToJson(value); }

json::value Shown(const Setting& row, const std::string& value) {
  if (row.type == ValueType::kSegment) {
    if (const auto segment = ParseSegment(value)) return json::string(segment->ToString());
  }
  if (row.type == ValueType::kSegmentSequence) {
    if (const auto sequence = ParseSequence(value)) return json::string(sequence->ToString());
  }
  return json::string(value);
}

json::value Shown(const Setting& row, const std::vector<std::string>& value) {
  // As k6 prints a list that it has made anew.
  if (row.type == ValueType::kCipherSuites && value.empty()) return nullptr;
  return ToJson(value);
}

json::value Shown(const Setting&, const std::set<std::string>& value) {
  if (value.empty()) return nullptr;
  return ToJson(std::vector<std::string>(value.begin(), value.end()));
}

json::value Shown(const Setting&, const Json& value) {
  auto read = ParseJson(value.text, "JSON");
  return read ? text::SortKeys(*read) : json::value();
}

json::value Shown(const Setting&, const DnsOptions& value) {
  json::object out = {{"ttl", nullptr}, {"select", nullptr}, {"policy", nullptr}};
  if (value.ttl) out["ttl"] = *value.ttl;
  if (value.select) out["select"] = json::string_view(DnsSelectName(*value.select));
  if (value.policy) out["policy"] = json::string_view(DnsPolicyName(*value.policy));
  return out;
}

json::value Shown(const Setting&, const Hosts& value) {
  json::object out;
  for (const auto& [name, target] : value) {
    const bool v6 = target.address.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + target.address + "]" : target.address;
    out[name] = target.port == 0 ? target.address : host + ":" + std::to_string(target.port);
  }
  return out;
}

json::value Shown(const Setting&, const TlsVersions& value) {
  return json::object{{"min", value.min}, {"max", value.max}};
}

json::value Shown(const Setting&, const std::vector<TlsCertificate>& value) {
  json::array out;
  for (const TlsCertificate& one : value) {
    json::object item = {
        {"cert", one.cert}, {"key", one.key}, {"password", nullptr}, {"domains", nullptr}};
    if (one.password) item["password"] = *one.password;
    if (one.domains) item["domains"] = ToJson(*one.domains);
    out.push_back(std::move(item));
  }
  return out;
}

json::value Shown(const Setting&, const std::vector<Stage>& value) {
  json::array out;
  for (const Stage& stage : value) {
    json::object item = {{"duration", nullptr}, {"target", nullptr}};
    if (stage.duration) item["duration"] = FormatGoDuration(*stage.duration);
    if (stage.target) item["target"] = *stage.target;
    out.push_back(std::move(item));
  }
  return out;
}

json::value Shown(const Setting&, const std::vector<MetricThresholds>& value) {
  json::object out;
  for (const MetricThresholds& metric : value) {
    json::array specs;
    for (const ThresholdSpec& spec : metric.thresholds) {
      if (!spec.abort_on_fail) {
        specs.push_back(json::string(spec.expression));
        continue;
      }
      json::object item = {
          {"threshold", spec.expression}, {"abortOnFail", true}, {"delayAbortEval", nullptr}};
      if (spec.delay_abort_eval) item["delayAbortEval"] = FormatGoDuration(*spec.delay_abort_eval);
      specs.push_back(std::move(item));
    }
    out[metric.metric] = std::move(specs);
  }
  return out;
}

template <typename T>
json::value Shown(const Setting& row, const std::optional<T>& value) {
  return value ? Shown(row, *value) : json::value();
}

json::value Shown(const Setting& row, const Scenario& scenario) {
  json::object out;
  out["executor"] = json::string_view(ExecutorName(scenario.executor));
  const auto show = [&](std::string_view key, const auto& member) {
    out[key] = scenario.given.contains(key) ? Shown(row, member) : json::value();
  };
  ForEachCommonField(scenario, show);
  if (scenario.options_json) out["options"] = Shown(row, Json{*scenario.options_json});
  std::visit([&](const auto& config) { ForEachField(config, show); }, scenario.executor);
  return out;
}

json::value Shown(const Setting& row, const std::vector<Scenario>& value) {
  std::map<std::string_view, const Scenario*> by_name;
  for (const Scenario& scenario : value) by_name[scenario.name] = &scenario;
  json::object out;
  for (const auto& [name, scenario] : by_name) out[name] = Shown(row, *scenario);
  return out;
}

/// Whether the value is shown, and not null, in a view.
template <typename T>
bool HasValue(const Setting& row, const OptionSlot<T>& slot, OptionsView view) {
  if (slot.IsSet()) return true;
  if (view == OptionsView::kScript) return false;
  if constexpr (std::is_same_v<T, const std::vector<Scenario>>) return !slot.value.empty();
  return row.default_shown;
}

bool IsShown(const Setting& row, OptionsView view) {
  if (row.scope == Scope::kHidden) return view == OptionsView::kExecution;
  if (row.scope != Scope::kOption) return false;
  const bool shortcut = row.layering == Layering::kShortcut || row.key == "vus";
  return view != OptionsView::kExecution || !shortcut || row.type == ValueType::kScenarios;
}

}  // namespace

json::object ShownObject(const Options& options, OptionsView view) {
  json::object out;
  ForEachOption(
      [&](const Setting& row, const auto& slot) {
        if (!IsShown(row, view)) return;
        if (HasValue(row, slot, view)) {
          out[row.key] = Shown(row, slot.value);
        } else if (view != OptionsView::kWritten && row.key != "cloud" && !row.own) {
          // k6 has an object of nulls here, and leaves `cloud` out.
          out[row.key] = row.type == ValueType::kDns ? Shown(row, DnsOptions()) : json::value();
        }
      },
      options);
  return out;
}

std::string ShownOptions(const Options& options, OptionsView view) {
  return json::serialize(ShownObject(options, view));
}

}  // namespace loadctl::plan
