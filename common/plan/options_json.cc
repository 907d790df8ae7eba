// The wire form of options: {"batch": {"value": 3, "from": "flag"}, ...}.
#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>

#include "common/plan/json_reader.h"
#include "common/plan/options.h"
#include "common/plan/scenario_json.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

constexpr std::array<std::pair<Source, std::string_view>, 5> kSources = {{
    {Source::kDefault, "default"},
    {Source::kFile, "file"},
    {Source::kScript, "script"},
    {Source::kVariable, "variable"},
    {Source::kFlag, "flag"},
}};

json::value ToWire(bool value) { return value; }
json::value ToWire(std::int64_t value) { return value; }
json::value ToWire(std::chrono::nanoseconds value) { return value.count(); }
json::value ToWire(const std::string& value) { return json::string(value); }
json::value ToWire(const Json& value) { return json::string(value.text); }
json::value ToWire(const std::vector<std::string>& value) { return ToJson(value); }
json::value ToWire(const std::set<std::string>& value) {
  return ToJson(std::vector<std::string>(value.begin(), value.end()));
}
json::value ToWire(const Texts& value) { return ToJson(value); }
json::value ToWire(const std::vector<Stage>& value) { return StagesToValue(value); }

json::value ToWire(const DnsOptions& value) {
  json::object out;
  if (value.ttl) out["ttl"] = *value.ttl;
  if (value.select) out["select"] = json::string_view(DnsSelectName(*value.select));
  if (value.policy) out["policy"] = json::string_view(DnsPolicyName(*value.policy));
  return out;
}

json::value ToWire(const TlsVersions& value) {
  return json::object{{"min", value.min}, {"max", value.max}};
}

json::value ToWire(const std::vector<TlsCertificate>& value) {
  json::array out;
  for (const TlsCertificate& one : value) {
    json::object item = {{"cert", one.cert}, {"key", one.key}};
    if (one.password) item["password"] = *one.password;
    if (one.domains) item["domains"] = ToJson(*one.domains);
    out.push_back(std::move(item));
  }
  return out;
}

json::value ToWire(const Hosts& value) {
  json::object out;
  for (const auto& [name, target] : value) {
    out[name] = json::object{{"address", target.address}, {"port", target.port}};
  }
  return out;
}

json::value ToWire(const std::vector<Scenario>& value) {
  json::array out;
  for (const Scenario& scenario : value) out.push_back(ScenarioToValue(scenario));
  return out;
}

json::value ToWire(const std::vector<MetricThresholds>& value) {
  json::array out;
  for (const MetricThresholds& metric : value) {
    json::array specs;
    for (const ThresholdSpec& spec : metric.thresholds) {
      json::object item = {{"threshold", spec.expression}, {"abortOnFail", spec.abort_on_fail}};
      if (spec.delay_abort_eval) item["delayAbortEval"] = spec.delay_abort_eval->count();
      if (spec.window) item["window"] = spec.window->count();
      if (spec.warmup) item["warmup"] = spec.warmup->count();
      if (spec.min_samples > 0) item["minSamples"] = spec.min_samples;
      if (spec.warn) item["level"] = "warn";
      if (spec.exit_code != 0) item["exitCode"] = spec.exit_code;
      specs.push_back(std::move(item));
    }
    out.push_back(json::object{{"metric", metric.metric}, {"thresholds", std::move(specs)}});
  }
  return out;
}

constexpr const char* kValue = "value";

void Read(JsonReader& reader, bool& out) { out = reader.Bool(kValue); }
void Read(JsonReader& reader, std::int64_t& out) { out = reader.Int(kValue); }
void Read(JsonReader& reader, std::chrono::nanoseconds& out) { out = reader.Duration(kValue); }
void Read(JsonReader& reader, std::string& out) { out = reader.String(kValue); }
void Read(JsonReader& reader, Texts& out) { out = reader.StringMap(kValue); }
void Read(JsonReader& reader, std::vector<std::string>& out) { out = reader.Strings(kValue); }
void Read(JsonReader& reader, std::set<std::string>& out) {
  const std::vector<std::string> names = reader.Strings(kValue);
  out = {names.begin(), names.end()};
}
void Read(JsonReader& reader, Json& out) {
  out.text = reader.String(kValue);
  if (const auto good = ParseJson(out.text, "JSON"); !good)
    reader.Reject(kValue, good.error().message);
}

/// Keeps the first problem of a part in its reader.
template <typename T>
void Take(JsonReader& reader, Result<T> part, T& out) {
  if (part) {
    out = std::move(*part);
  } else {
    reader.Reject(kValue, part.error().message);
  }
}

void Read(JsonReader& reader, std::vector<Stage>& out) {
  Take(reader, StagesFromValue(json::value(reader.Array(kValue)), "stages"), out);
}

Result<DnsOptions> DnsFrom(const json::value& value) {
  JsonReader fields(value, "dns");
  DnsOptions out;
  out.ttl = fields.OptionalString("ttl");
  const auto select = fields.OptionalString("select");
  const auto policy = fields.OptionalString("policy");
  LOADCTL_CHECK_OK(fields.Done());
  if (select) {
    LOADCTL_TRY(out.select, ParseDnsSelect(*select));
  }
  if (policy) {
    LOADCTL_TRY(out.policy, ParseDnsPolicy(*policy));
  }
  LOADCTL_CHECK_OK(out.Ttl());
  return out;
}
void Read(JsonReader& reader, DnsOptions& out) {
  Take(reader, DnsFrom(json::value(reader.Object(kValue))), out);
}

void Read(JsonReader& reader, TlsVersions& out) {
  const json::value value(reader.Object(kValue));
  JsonReader fields(value, "tlsVersion");
  out = {fields.String("min"), fields.String("max")};
  if (const auto good = fields.Done(); !good) reader.Reject(kValue, good.error().message);
}

void Read(JsonReader& reader, std::vector<TlsCertificate>& out) {
  for (const json::value& item : reader.Array(kValue)) {
    JsonReader fields(item, "tlsAuth");
    TlsCertificate& one = out.emplace_back();
    one.cert = fields.String("cert");
    one.key = fields.String("key");
    one.password = fields.OptionalString("password");
    if (item.is_object() && item.get_object().contains("domains"))
      one.domains = fields.Strings("domains");
    if (const auto good = fields.Done(); !good) reader.Reject(kValue, good.error().message);
  }
}

Result<Hosts> HostsFrom(const json::object& object) {
  Hosts out;
  for (const auto& [name, value] : object) {
    JsonReader fields(value, std::string(name));
    HostTarget& target = out[std::string(name)];
    target.address = fields.String("address");
    const std::int64_t port = fields.Int("port");
    LOADCTL_CHECK_OK(fields.Done());
    if (port < 0 || port > std::numeric_limits<std::uint16_t>::max())
      return Fail(ErrorCode::kInvalidConfig, std::string(name) + " has no port");
    target.port = static_cast<std::uint16_t>(port);
  }
  return out;
}
void Read(JsonReader& reader, Hosts& out) { Take(reader, HostsFrom(reader.Object(kValue)), out); }

Result<std::vector<Scenario>> ScenariosFrom(const json::array& list) {
  std::vector<Scenario> out;
  for (const json::value& item : list) {
    LOADCTL_TRY(Scenario scenario, ScenarioFromValue(item, "scenario"));
    out.push_back(std::move(scenario));
  }
  return out;
}
void Read(JsonReader& reader, std::vector<Scenario>& out) {
  Take(reader, ScenariosFrom(reader.Array(kValue)), out);
}

Result<std::vector<MetricThresholds>> ThresholdsFrom(const json::array& list) {
  std::vector<MetricThresholds> out;
  for (const json::value& value : list) {
    JsonReader reader(value, "metric");
    MetricThresholds& metric = out.emplace_back();
    metric.metric = reader.String("metric");
    for (const json::value& item : reader.Array("thresholds")) {
      JsonReader fields(item, metric.metric);
      ThresholdSpec& spec = metric.thresholds.emplace_back();
      spec.expression = fields.String("threshold");
      spec.abort_on_fail = fields.Bool("abortOnFail");
      spec.delay_abort_eval = fields.OptionalDuration("delayAbortEval");
      spec.window = fields.OptionalDuration("window");
      spec.warmup = fields.OptionalDuration("warmup");
      spec.min_samples = fields.OptionalInt("minSamples").value_or(0);
      spec.warn = fields.OptionalString("level").value_or("") == "warn";
      spec.exit_code = fields.OptionalInt("exitCode").value_or(0);
      if (spec.exit_code < 0 || spec.exit_code > kMostExitCode)
        fields.Reject("exitCode", "it is no exit code");
      LOADCTL_CHECK_OK(fields.Done());
    }
    LOADCTL_CHECK_OK(reader.Done());
  }
  return out;
}
void Read(JsonReader& reader, std::vector<MetricThresholds>& out) {
  Take(reader, ThresholdsFrom(reader.Array(kValue)), out);
}

void ReadSource(JsonReader& reader, Source& out) {
  const std::string name = reader.String("from");
  const auto found =
      std::find_if(kSources.begin(), kSources.end(), [&](auto& one) { return one.second == name; });
  if (found == kSources.end()) return reader.Reject("from", "'" + name + "' is not known");
  out = found->first;
}

/// What concerns this program's own invocation, and what may hold credentials, stays where it is.
bool Travels(const Setting& row) { return row.scope != Scope::kConfig; }

}  // namespace

std::string OptionsToJson(const Options& options) {
  static const Options kDefaults;
  json::object out;
  ForEachOption(
      [&](const Setting& row, const auto& slot, const auto& usual) {
        if (!Travels(row) || (!slot.IsSet() && slot.value == usual.value)) return;
        const auto source = std::find_if(kSources.begin(), kSources.end(),
                                         [&](const auto& one) { return one.first == slot.source; });
        out[row.key] =
            json::object{{kValue, ToWire(slot.value)}, {"from", json::string_view(source->second)}};
      },
      options, kDefaults);
  return json::serialize(out);
}

Result<Options> OptionsFromJson(std::string_view text) {
  LOADCTL_TRY(const json::value value, ParseJson(text, "reading the plan's options"));
  const auto* object = value.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInvalidConfig, "options is not an object");
  Options out;
  Result<void> good;
  std::set<std::string_view> known;
  ForEachOption(
      [&](const Setting& row, const auto& slot) {
        if (Travels(row)) known.insert(row.key);
        const auto* item = object->if_contains(row.key);
        if (!good || item == nullptr || !Travels(row)) return;
        JsonReader reader(*item, "options." + std::string(row.key));
        Read(reader, slot.value);
        ReadSource(reader, slot.source);
        good = reader.Done();
      },
      out);
  LOADCTL_CHECK_OK(good);
  for (const auto& [key, item] : *object) {
    if (known.contains(std::string_view(key))) continue;
    return Fail(ErrorCode::kInvalidConfig, "options." + std::string(key) + " is not known here");
  }
  return out;
}

}  // namespace loadctl::plan
