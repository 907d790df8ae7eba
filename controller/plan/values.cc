#include "controller/plan/values.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <limits>

#include "common/base/duration.h"
#include "common/plan/go_text.h"
#include "common/plan/json_reader.h"
#include "common/plan/options.h"
#include "common/plan/segment.h"
#include "controller/plan/json_types.h"
#include "controller/plan/script_scenarios.h"
#include "controller/plan/threshold_values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// The canonical text of a value that was read, or unset.
Value Canonical(const std::optional<std::int64_t>& value) {
  return value ? Value(std::to_string(*value)) : std::nullopt;
}
Value Canonical(const std::optional<bool>& value) {
  return value ? Value(*value ? "true" : "false") : std::nullopt;
}
Value Canonical(const std::optional<std::string>& value) {
  return value ? Value(json::serialize(json::string(*value))) : std::nullopt;
}
Value Canonical(const std::optional<std::chrono::nanoseconds>& value) {
  return value ? Value(std::to_string(value->count())) : std::nullopt;
}
template <typename Container>
Value Canonical(const std::optional<Container>& value) {
  return value ? Value(json::serialize(ToJson(*value))) : std::nullopt;
}

template <typename T>
Result<Value> Canonical(Result<T> value) {
  if (!value) return tl::unexpected(std::move(value).error());
  return Canonical(*value);
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
}

/// Only names that k6 knows are kept, in the order given; the others are ignored, as k6 does.
std::vector<std::string> KeepSystemTags(const std::vector<std::string>& names) {
  const auto& known = KnownSystemTags();
  std::vector<std::string> out;
  std::copy_if(names.begin(), names.end(), std::back_inserter(out), [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  return out;
}

Result<void> SetDnsField(std::string_view key, const std::string& value, json::object& out) {
  if (key == "ttl") {
    out["ttl"] = value;
  } else if (key == "select") {
    LOADCTL_CHECK_OK(ParseDnsSelect(value));
    out["select"] = value;
  } else if (key == "policy") {
    LOADCTL_CHECK_OK(ParseDnsPolicy(value));
    out["policy"] = value;
  } else {
    return Fail("unknown DNS configuration field: " + std::string(key));
  }
  return {};
}

/// `ttl=5m,select=random`; the text of the defaults counts as unset, as in k6.
Result<Value> DnsFromText(std::string_view text) {
  if (text.empty() || text == "ttl=5m,select=random,policy=preferIPv4") return Value();
  json::object out;
  for (const std::string& pair : Split(text, ',')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals + 1 == pair.size()) {
      return Fail("no value for key " + pair);
    }
    LOADCTL_CHECK_OK(SetDnsField(pair.substr(0, equals), pair.substr(equals + 1), out));
  }
  return Value(json::serialize(out));
}

Result<Value> DnsFromJson(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return Value();
  if (!value.is_object()) return JsonTypeError(place, value, "types.DNSConfig");
  json::object out;
  for (const auto& [raw_key, item] : value.get_object()) {
    for (const char* key : {"ttl", "select", "policy"}) {
      if (!SameKey(std::string_view(raw_key), key)) continue;
      const JsonPlace field = place.At(key);
      LOADCTL_TRY(const auto text, JsonString(field, item));
      if (!text) continue;
      if (auto set = SetDnsField(key, *text, out); !set) {
        return JsonValueError(field, set.error().message);
      }
    }
  }
  return Value(json::serialize(out));
}

/// `10s:5`: a duration in Go's units and a target; either may be missing.
Result<json::object> StageFromText(std::string_view text) {
  json::object out;
  const std::size_t colon = text.find(':');
  if (const std::string_view duration = text.substr(0, colon); !duration.empty()) {
    LOADCTL_TRY(const auto value, ParseGoDuration(duration));
    out["duration"] = value.count();
  }
  if (colon != std::string_view::npos && colon + 1 < text.size()) {
    LOADCTL_TRY(const auto target, ParseGoInt(text.substr(colon + 1)));
    out["target"] = target;
  }
  return out;
}

Result<Value> StagesFromText(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) {
    LOADCTL_TRY(json::object stage, StageFromText(text));
    if (stage.contains("duration")) out.push_back(std::move(stage));
  }
  return Value(json::serialize(out));
}

Result<Value> StagesFromJson(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return Value();
  if (!value.is_array()) return JsonTypeError(place, value, "[]lib.Stage");
  json::array out;
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) return JsonTypeError(place, item, "lib.Stage");
    json::object stage;
    for (const auto& [raw_key, field] : item.get_object()) {
      const std::string_view key(raw_key);
      if (SameKey(key, "duration")) {
        LOADCTL_TRY(const auto duration, JsonDuration(place.At("duration"), field));
        if (duration) stage["duration"] = duration->count();
      } else if (SameKey(key, "target")) {
        LOADCTL_TRY(const auto target, JsonInt(place.At("target"), field));
        if (target) stage["target"] = *target;
      }
    }
    if (stage.contains("duration")) out.push_back(std::move(stage));
  }
  return Value(json::serialize(out));
}

Result<Value> TagsFromVariable(std::string_view text) {
  std::map<std::string, std::string> tags;
  for (const std::string& pair : Split(text, ',')) {
    const auto parts = Split(pair, ':');
    if (parts.size() != 2) return Fail("invalid map item: " + QuoteGo(pair));
    tags[parts[0]] = parts[1];
  }
  return Canonical(std::optional(tags));
}

Result<Value> TagsFromFlag(std::span<const std::string> given) {
  if (given.size() == 1 && given[0].empty()) return Value();
  std::map<std::string, std::string> tags;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    const std::string_view problem = text.empty()                  ? "string"
                                     : equals == 0                 ? "name"
                                     : equals == std::string::npos ? "value"
                                     : equals + 1 == text.size()   ? "value"
                                                                   : "";
    if (!problem.empty()) {
      return Fail("error parsing tag '" + text + "': invalid tag, empty " + std::string(problem));
    }
    tags[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return Canonical(std::optional(tags));
}

std::string_view GoType(const Setting& setting) {
  switch (setting.type) {
    case ValueType::kBool:
      return "null.Bool";
    case ValueType::kInt:
      return "null.Int";
    case ValueType::kDuration:
      return "types.NullDuration";
    case ValueType::kStringList:
    case ValueType::kStringArray:
      return "[]string";
    case ValueType::kTags:
      return "map[string]string";
    case ValueType::kDns:
      return "types.DNSConfig";
    case ValueType::kStages:
      return "[]lib.Stage";
    default:
      return "null.String";
  }
}

/// k6's name of the option's field: `noSetup` is NoSetup.
std::string GoName(const Setting& setting) {
  if (!setting.go_name.empty()) return std::string(setting.go_name);
  std::string name(setting.key);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return name;
}

Result<Value> PlainFromVariable(const Setting& setting, std::string_view text) {
  switch (setting.type) {
    case ValueType::kBool:
      if (text == "null") return Value();
      if (text != "true" && text != "false") return Fail("invalid input:" + std::string(text));
      return Value(text);
    case ValueType::kInt: {
      if (text == "null") return Value();
      LOADCTL_TRY(const auto number, ParseGoInt(text));
      return Canonical(std::optional(number));
    }
    case ValueType::kDuration: {
      LOADCTL_TRY(const auto duration, ParseK6Duration(text));
      return Canonical(std::optional(duration));
    }
    case ValueType::kStringList:
    case ValueType::kStringArray: {
      if (IsBlank(text)) return Value();
      std::vector<std::string> items = Split(text, ',');
      if (setting.key == "systemTags") {
        for (std::string& item : items) std::erase(item, ' ');
        items = KeepSystemTags(items);
      }
      return Canonical(std::optional(items));
    }
    case ValueType::kTags:
      return IsBlank(text) ? Value() : TagsFromVariable(text);
    case ValueType::kDns:
      return DnsFromText(text);
    case ValueType::kStages:
      return IsBlank(text) ? Value() : StagesFromText(Split(text, ','));
    default:
      return Canonical(std::optional(std::string(text)));
  }
}

Result<Value> ListFromFlag(const Setting& setting, std::span<const std::string> given) {
  std::vector<std::string> items;
  for (const std::string& text : given) {
    LOADCTL_TRY(const auto fields, SplitCsv(text));
    items.insert(items.end(), fields.begin(), fields.end());
  }
  if (setting.key == "systemTags") items = KeepSystemTags(items);
  if (setting.key == "summaryTrendStats") LOADCTL_CHECK_OK(CheckTrendStats(items));
  return Canonical(std::optional(items));
}

Result<Value> StagesFromFlag(std::span<const std::string> given) {
  std::vector<std::string> texts;
  for (const std::string& text : given) {
    LOADCTL_TRY(const auto fields, SplitCsv(text));
    texts.insert(texts.end(), fields.begin(), fields.end());
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto stage = StageFromText(texts[i]);
    if (!stage) return Fail("error for stage " + std::to_string(i) + ": " + stage.error().message);
    if (!stage->contains("duration")) {
      return Fail("stage " + std::to_string(i) + " doesn't have a specified duration");
    }
  }
  return StagesFromText(texts);
}

/// A text that stands for something is checked where it is read.
Result<void> CheckText(const Setting& setting, std::string_view text) {
  if (setting.key == "executionSegment") LOADCTL_CHECK_OK(ParseSegment(text));
  if (setting.key == "executionSegmentSequence") LOADCTL_CHECK_OK(ParseSequence(text));
  return {};
}

Result<Value> TextFromFlag(const Setting& setting, const std::string& text) {
  LOADCTL_CHECK_OK(CheckText(setting, text));
  if (setting.key == "summaryTimeUnit" && text != "s" && text != "ms" && text != "us") {
    if (text.empty()) return Value();
    return Fail("invalid summary time unit '" + text + "', use 's', 'ms' or 'us'");
  }
  return Canonical(std::optional(text));
}

}  // namespace

Result<Value> ValueFromJson(const Setting& setting, const json::value& value, Source source) {
  const JsonPlace place{std::string(setting.key), "Options." + std::string(setting.key), source};
  switch (setting.type) {
    case ValueType::kBool:
      return Canonical(JsonBool(place, value));
    case ValueType::kInt:
      return Canonical(JsonInt(place, value));
    case ValueType::kDuration:
      return Canonical(JsonDuration(place, value));
    case ValueType::kStringList:
    case ValueType::kStringArray: {
      LOADCTL_TRY(auto items, JsonStrings(place, value));
      if (items && setting.key == "systemTags") items = KeepSystemTags(*items);
      return Canonical(items);
    }
    case ValueType::kTags:
      return Canonical(JsonStringMap(place, value));
    case ValueType::kDns:
      return DnsFromJson(place, value);
    case ValueType::kStages:
      return StagesFromJson(place, value);
    case ValueType::kScenarios: {
      if (value.is_null()) return Value();
      LOADCTL_TRY(std::string scenarios, CanonicalScenarios(place, value));
      return Value(std::move(scenarios));
    }
    case ValueType::kThresholds: {
      if (value.is_null()) return Value();
      LOADCTL_TRY(std::string thresholds, CanonicalThresholds(place, value));
      return Value(std::move(thresholds));
    }
    case ValueType::kAnyJson:
      return value.is_null() ? Value() : Value(json::serialize(value));
    default: {
      LOADCTL_TRY(const auto text, JsonString(place, value));
      if (const auto good = CheckText(setting, text.value_or("")); !good) {
        return JsonValueError(place, good.error().message);
      }
      return Canonical(text);
    }
  }
}

Result<Value> ValueFromVariable(const Setting& setting, std::string_view text) {
  if (text.empty()) return Value();
  auto value = PlainFromVariable(setting, text);
  if (value) return value;
  return Fail(ErrorCode::kInvalidConfig,
              "envconfig.Process: assigning " + std::string(setting.env) + " to " +
                  GoName(setting) + ": converting '" + std::string(text) + "' to type " +
                  std::string(GoType(setting)) + ". details: " + value.error().message);
}

Result<void> CheckFlagText(const Setting& setting, std::string_view text) {
  switch (setting.type) {
    case ValueType::kBool:
      LOADCTL_CHECK_OK(ParseGoBool(text));
      return {};
    case ValueType::kInt:
      LOADCTL_CHECK_OK(ParseGoInt(text, IntegerBase::kPrefix));
      return {};
    case ValueType::kDuration:
      LOADCTL_CHECK_OK(ParseGoDuration(text));
      return {};
    case ValueType::kStringList:
    case ValueType::kStages:
      LOADCTL_CHECK_OK(SplitCsv(text));
      return {};
    case ValueType::kAutoOrInt:
      if (text == "auto") return {};
      [[fallthrough]];
    case ValueType::kPositiveInt: {
      LOADCTL_TRY(const auto number, ParseGoInt(text));
      if (number < 1) return Fail("must be at least 1");
      return {};
    }
    case ValueType::kBytes:
      LOADCTL_CHECK_OK(ParseBytes(text));
      return {};
    default:
      return {};
  }
}

Result<Value> ValueFromFlag(const Setting& setting, std::span<const std::string> given) {
  const std::string& last = given.back();
  switch (setting.type) {
    case ValueType::kBool:
      return Canonical(std::optional(ParseGoBool(last).value_or(false)));
    case ValueType::kInt:
      return Canonical(std::optional(ParseGoInt(last, IntegerBase::kPrefix).value_or(0)));
    case ValueType::kDuration:
      return Canonical(std::optional(ParseGoDuration(last).value_or(std::chrono::nanoseconds(0))));
    case ValueType::kStringList:
      return ListFromFlag(setting, given);
    case ValueType::kStringArray:
      return Canonical(std::optional(std::vector<std::string>(given.begin(), given.end())));
    case ValueType::kTags:
      return TagsFromFlag(given);
    case ValueType::kDns: {
      auto value = DnsFromText(last);
      if (!value) return Fail(value.error().message);  // 255 for a flag, whatever the reason
      return value;
    }
    case ValueType::kStages:
      return StagesFromFlag(given);
    default:
      return TextFromFlag(setting, last);
  }
}

bool AsksForNothing(const Setting& setting, std::string_view canonical) {
  for (const std::string_view nothing : {"false", "\"\"", "[]", "{}", "null"}) {
    if (canonical == nothing) return true;
  }
  if (canonical.size() >= 2 && canonical.front() == '"') {
    canonical = canonical.substr(1, canonical.size() - 2);
  }
  return IsAccepted(setting, canonical);
}

Result<std::vector<std::string>> SplitCsv(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  const auto fail = [&](std::size_t at, std::string_view why) {
    return Fail("parse error on line 1, column " + std::to_string(at + 1) + ": " +
                std::string(why));
  };
  for (std::size_t i = 0;; ++i) {  // one field a turn; i ends on the comma
    std::string field;
    if (i < text.size() && text[i] == '"') {
      for (++i;; ++i) {
        if (i >= text.size()) return fail(i, "extraneous or missing \" in quoted-field");
        if (text[i] == '"' && (i + 1 >= text.size() || text[i + 1] != '"')) break;
        if (text[i] == '"') ++i;
        field += text[i];
      }
      ++i;
      if (i < text.size() && text[i] != ',') {
        return fail(i - 1, "extraneous or missing \" in quoted-field");
      }
    } else {
      for (; i < text.size() && text[i] != ','; ++i) {
        if (text[i] == '"') return fail(i, "bare \" in non-quoted-field");
        field += text[i];
      }
    }
    out.push_back(std::move(field));
    if (i >= text.size()) return out;
  }
}

Result<std::int64_t> ParseBytes(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::size_t power = unit.empty() ? 0 : std::string_view("KMG").find(unit[0]) + 1;
  if (!unit.empty() && power != 0) unit.remove_prefix(1);
  const bool good_unit = unit.empty() || unit == "B" || (power != 0 && unit == "iB");
  constexpr std::int64_t kLargest = std::int64_t{1} << 50;
  if (error != std::errc() || !good_unit || number < 1 || number > kLargest >> (10 * power)) {
    return Fail("want a size such as 512M or 2G");
  }
  return number << (10 * power);
}

Result<void> CheckTrendStats(std::span<const std::string> stats) {
  for (const std::string& stat : stats) {
    if (stat == "avg" || stat == "min" || stat == "med" || stat == "max" || stat == "count") {
      continue;
    }
    if (!stat.starts_with("p(") || !stat.ends_with(")")) {
      return Fail("invalid trend stat '" + stat + "', unknown format");
    }
    double percentile = -1;
    const char* begin = stat.data() + 2;
    const char* end = stat.data() + stat.size() - 1;
    const auto read = std::from_chars(begin, end, percentile);
    const bool good = read.ec == std::errc() && read.ptr == end && begin < end;
    if (!good || !(percentile >= 0 && percentile <= 100)) {
      return Fail("invalid percentile trend stat value '" + stat +
                  "', provide a number between 0 and 100");
    }
  }
  return {};
}

}  // namespace loadctl::plan
