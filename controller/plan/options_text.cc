#include "controller/plan/options_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "common/base/duration.h"
#include "common/plan/go_json.h"
#include "common/plan/go_text.h"
#include "common/plan/json_reader.h"
#include "controller/plan/layers.h"
#include "controller/plan/scenarios_text.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// The fields of k6's struct of options, in its order.
constexpr std::array<std::string_view, 42> kKeys = {"paused",
                                                    "vus",
                                                    "duration",
                                                    "iterations",
                                                    "stages",
                                                    "scenarios",
                                                    "executionSegment",
                                                    "executionSegmentSequence",
                                                    "noSetup",
                                                    "setupTimeout",
                                                    "noTeardown",
                                                    "teardownTimeout",
                                                    "handleSummaryTimeout",
                                                    "rps",
                                                    "dns",
                                                    "maxRedirects",
                                                    "userAgent",
                                                    "batch",
                                                    "batchPerHost",
                                                    "httpDebug",
                                                    "insecureSkipTLSVerify",
                                                    "tlsCipherSuites",
                                                    "tlsVersion",
                                                    "tlsAuth",
                                                    "throw",
                                                    "thresholds",
                                                    "blacklistIPs",
                                                    "blockHostnames",
                                                    "hosts",
                                                    "noConnectionReuse",
                                                    "noVUConnectionReuse",
                                                    "minIterationDuration",
                                                    "cloud",
                                                    "ext",
                                                    "summaryTrendStats",
                                                    "summaryTimeUnit",
                                                    "systemTags",
                                                    "tags",
                                                    "metricSamplesBufferSize",
                                                    "noCookiesReset",
                                                    "discardResponseBodies",
                                                    "features"};

/// What was written under the key where the merged value comes from; null if nothing was.
/// The canonical value has defaults filled in, k6 prints what is set.
class Originals {
 public:
  static Result<Originals> Read(const PlanInputs& inputs) {
    Originals out;
    if (!inputs.script_options_json.empty()) {
      LOADCTL_TRY(out.script_, ParseJson(inputs.script_options_json, "script options"));
    }
    if (inputs.config != nullptr) {
      LOADCTL_TRY(out.file_, ParseJson(inputs.config->text, "configuration file"));
    }
    return out;
  }

  [[nodiscard]] json::value Find(std::string_view key, Source source) const {
    const auto* object = (source == Source::kFile ? file_ : script_).if_object();
    if (object == nullptr) return nullptr;
    json::value found;
    for (const auto& [name, value] : *object) {
      const Setting* setting = FindFileKey(std::string_view(name));
      if (setting != nullptr && setting->key == key && !value.is_null()) found = value;
    }
    return found;
  }

 private:
  json::value script_, file_;
};

json::value SystemTags(const json::value& given) {
  std::vector<std::string> names;
  for (const json::value& name : given.as_array()) names.emplace_back(name.as_string());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) return nullptr;  // as k6 prints an empty set
  return ToJson(names);
}

json::value Dns(const json::value& given) {
  json::object out = {{"ttl", nullptr}, {"select", nullptr}, {"policy", nullptr}};
  if (const auto* fields = given.if_object()) {
    for (const auto& [key, value] : *fields) out[key] = value;
  }
  return out;
}

/// `10.0.0.5/8` as the range it stands for, `10.0.0.0/8`; what is no range, as it is.
json::value IpRange(const json::value& given) {
  const std::string text(given.as_string());
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return given;
  const auto bits = ParseGoInt(text.substr(slash + 1));
  const std::string address = text.substr(0, slash);
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const int size = family == AF_INET ? 4 : 16;
  std::array<unsigned char, 16> bytes{};
  if (!bits || *bits < 0 || *bits > 8 * size ||
      inet_pton(family, address.c_str(), bytes.data()) != 1)
    return given;
  for (int i = 0; i < size; ++i) {
    const int kept = std::clamp(static_cast<int>(*bits) - 8 * i, 0, 8);
    bytes[static_cast<std::size_t>(i)] &= static_cast<unsigned char>(0xFF00 >> kept);
  }
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(family, bytes.data(), out.data(), out.size());
  return json::string(out.data() + ("/" + std::to_string(*bits)));
}

/// `tls1.2`, or an object, as the object that k6 makes of both.
json::value TlsVersion(const json::value& given) {
  if (given.is_string()) return json::object{{"min", given}, {"max", given}};
  json::object out = {{"min", ""}, {"max", ""}};
  if (const auto* fields = given.if_object()) {
    for (const auto& [key, value] : *fields) {
      if (!value.is_null()) out[key] = value;
    }
  }
  return out;
}

json::value TlsAuth(const json::value& given) {
  if (!given.is_array()) return given;
  json::array out;
  for (const json::value& item : given.get_array()) {
    json::object shown = {{"cert", ""}, {"key", ""}, {"password", nullptr}, {"domains", nullptr}};
    if (const auto* fields = item.if_object()) {
      for (const auto& [key, value] : *fields) shown[key] = value;
    }
    out.push_back(std::move(shown));
  }
  return out;
}

json::value Hosts(const json::value& given) {
  const auto* fields = given.if_object();
  if (fields == nullptr) return given;
  json::object out;
  for (const auto& [key, value] : *fields) {
    std::string name(key);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    out[name] = value;
  }
  return SortKeys(out);
}

/// Values that are neither plain nor a structure of their own.
json::value Special(std::string_view key, const json::value& value) {
  if (key == "tlsVersion") return TlsVersion(value);
  if (key == "tlsAuth") return TlsAuth(value);
  if (key == "tlsCipherSuites" && value.is_array() && value.get_array().empty()) return nullptr;
  if (key == "hosts") return Hosts(value);
  if (key == "executionSegment") {
    const auto segment = ParseSegment(std::string_view(value.as_string()));
    return segment ? json::value(json::string(segment->ToString())) : value;
  }
  if (key == "executionSegmentSequence") {
    const auto sequence = ParseSequence(std::string_view(value.as_string()));
    return sequence ? json::value(json::string(sequence->ToString())) : value;
  }
  if (key == "systemTags") return SystemTags(value);
  if (key == "blacklistIPs") {
    json::array out;
    for (const json::value& item : value.as_array()) out.push_back(IpRange(item));
    return out;
  }
  return SortKeys(value);
}

enum class Layers { kScript, kAll };

Result<json::value> Shown(const Setting& setting, const MergedValue& merged,
                          const Originals& originals, Layers layers) {
  LOADCTL_TRY(json::value value, ParseJson(merged.canonical, "option " + setting.Row()));
  switch (setting.type) {
    case ValueType::kDuration:
      return json::string(FormatGoDuration(std::chrono::nanoseconds(value.as_int64())));
    case ValueType::kStages:
      // The script's own, alone, still have those without a duration.
      return layers == Layers::kScript ? ShownStages(originals.Find("stages", merged.source))
                                       : ShownCanonicalStages(value);
    case ValueType::kScenarios:
      return ShownScenarios(originals.Find(setting.key, merged.source));
    case ValueType::kThresholds:
      return ShownThresholds(value, originals.Find(setting.key, merged.source));
    case ValueType::kDns:
      return Dns(value);
    default:
      return Special(setting.key, value);
  }
}

Result<json::object> ShownOptions(const MergedOptions& merged, const Originals& originals,
                                  Layers layers) {
  json::object out;
  for (const std::string_view key : kKeys) {
    const auto value = merged.find(key);
    if (value != merged.end()) {
      LOADCTL_TRY(out[key], Shown(*FindOption(key), value->second, originals, layers));
    } else if (key != "cloud") {
      out[key] = key == "dns" ? Dns(nullptr) : nullptr;
    }
  }
  return out;
}

/// The options of all layers, with the two defaults that k6 writes out.
Result<json::object> Consolidated(const PlanInputs& inputs) {
  LOADCTL_TRY(const RuntimeOptions runtime,
              ResolveRuntimeOptions(inputs.command_line, inputs.environment));
  std::vector<std::string> warnings;  // MakePlan() has told them
  LOADCTL_TRY(const MergedOptions merged, MergeLayers(inputs, runtime.option_variables, warnings));
  LOADCTL_TRY(const Originals originals, Originals::Read(inputs));
  LOADCTL_TRY(json::object out, ShownOptions(merged, originals, Layers::kAll));
  if (!merged.contains("systemTags")) {
    out["systemTags"] = SystemTags(ToJson(DefaultSystemTags()));
  }
  if (!merged.contains("summaryTrendStats")) {
    out["summaryTrendStats"] = ToJson(Options().summary_trend_stats);
  }
  return out;
}

}  // namespace

Result<std::string> ScriptOptionsText(const PlanInputs& inputs) {
  std::vector<std::string> warnings;
  LOADCTL_TRY(const OptionLayer script, ScriptLayer(inputs.script_options_json, warnings));
  if (inputs.exports.empty()) return Fail("no exported functions in script");
  MergedOptions merged;
  for (const auto& [key, canonical] : script) merged[key] = {canonical, Source::kScript};
  LOADCTL_TRY(const Originals originals, Originals::Read(inputs));
  LOADCTL_TRY(const json::object out, ShownOptions(merged, originals, Layers::kScript));
  return ToGoJson(out, HtmlEscape::kYes);
}

Result<std::string> RequirementsText(const PlanInputs& inputs, const Plan& plan) {
  LOADCTL_TRY(json::object out, Consolidated(inputs));
  const bool derived = plan.options.scenarios.size() == 1 &&
                       plan.options.scenarios[0].name == "default" &&
                       (!out["scenarios"].is_object() || out["scenarios"].get_object().empty() ||
                        out["vus"].is_int64());
  if (derived) {
    const json::object shortcut = ShownShortcut(out);
    // k6 writes down what `vus` alone stands for.
    if (out["iterations"].is_null() && shortcut.at("executor").as_string() == "shared-iterations")
      out["iterations"] = shortcut.at("iterations");
    out["scenarios"] = json::object{{"default", shortcut}};
  }
  out["totalDuration"] = json::string(FormatGoDuration(plan.requirements.max_duration));
  out["maxVUs"] = plan.requirements.max_vus;
  return ToGoJson(out, HtmlEscape::kYes);
}

Result<std::string> ArchiveOptionsText(const PlanInputs& inputs) {
  LOADCTL_TRY(const json::object out, Consolidated(inputs));
  return json::serialize(out);
}

}  // namespace loadctl::plan
