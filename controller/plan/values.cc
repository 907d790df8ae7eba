#include "controller/plan/values.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/base/duration.h"
#include "common/plan/json_reader.h"
#include "common/plan/segment.h"
#include "common/text/number.h"
#include "common/text/quote.h"
#include "controller/plan/json_types.h"
#include "controller/plan/network_values.h"
#include "controller/plan/script_scenarios.h"
#include "controller/plan/threshold_values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

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

std::set<std::string> KeepSystemTags(const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const std::string& name : names) {
    if (KnownSystemTags().contains(name)) out.insert(name);  // the others are ignored, as in k6
  }
  return out;
}

Result<void> SetDnsField(std::string_view key, const std::string& value, DnsOptions& out) {
  if (key == "ttl") {
    out.ttl = value;
  } else if (key == "select") {
    LOADCTL_TRY(out.select, ParseDnsSelect(value));
  } else if (key == "policy") {
    LOADCTL_TRY(out.policy, ParseDnsPolicy(value));
  } else {
    return Fail("unknown DNS configuration field: " + std::string(key));
  }
  return {};
}

/// `10s:5`: a duration in Go's units and a target; either may be missing.
Result<Stage> ParseStage(std::string_view text) {
  Stage out;
  const std::size_t colon = text.find(':');
  if (const std::string_view duration = text.substr(0, colon); !duration.empty()) {
    LOADCTL_TRY(out.duration, ParseGoDuration(duration));
  }
  if (colon != std::string_view::npos && colon + 1 < text.size()) {
    LOADCTL_TRY(out.target, text::ParseGoInt(text.substr(colon + 1)));
  }
  return out;
}

/// A text that stands for something is checked where it is read.
Result<void> CheckText(const Setting& row, std::string_view text) {
  if (row.type == ValueType::kSegment) LOADCTL_CHECK_OK(ParseSegment(text));
  if (row.type == ValueType::kSegmentSequence) LOADCTL_CHECK_OK(ParseSequence(text));
  if (row.type == ValueType::kIpPool && !text.empty()) LOADCTL_CHECK_OK(CheckIpPool(text));
  if (row.type == ValueType::kHttpVersion && text != "1.1" && text != "2" && text != "h2c")
    return Fail(text::QuoteGo(text) + " is no version of HTTP");
  if (row.type == ValueType::kConnectionReuse && text != "vu" && text != "iteration" &&
      text != "shared")
    return Fail(text::QuoteGo(text) + " says nothing of connections");
  return {};
}

/// The same for a list: some items are put in another form.
Result<void> CheckList(const Setting& row, std::vector<std::string>& items) {
  for (std::string& item : items) {
    if (row.type == ValueType::kHostPatterns) LOADCTL_CHECK_OK(CheckHostPattern(item));
    if (row.type == ValueType::kCipherSuites) LOADCTL_CHECK_OK(CheckCipherSuite(item));
    if (row.type != ValueType::kIpRanges) continue;
    auto range = ParseIpRange(item);
    if (!range) return Fail("failed to parse CIDR '" + item + "': " + range.error().message);
    item = std::move(*range);
  }
  return {};
}

// ---- from scripts and the file; a null leaves `out` as it is

Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<bool>& out) {
  LOADCTL_TRY(out, JsonBool(place, value));
  return {};
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::int64_t>& out) {
  LOADCTL_TRY(out, JsonInt(place, value));
  return {};
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::chrono::nanoseconds>& out) {
  LOADCTL_TRY(out, JsonDuration(place, value));
  return {};
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<Texts>& out) {
  LOADCTL_TRY(out, JsonStringMap(place, value));
  return {};
}

Result<void> FromJson(const Setting& row, const JsonPlace& place, const json::value& value,
                      std::optional<std::string>& out) {
  LOADCTL_TRY(out, JsonString(place, value));
  const auto good = CheckText(row, out.value_or(""));
  if (!good) return JsonValueError(place, good.error().message);
  return {};
}

Result<void> FromJson(const Setting& row, const JsonPlace& place, const json::value& value,
                      std::optional<std::vector<std::string>>& out) {
  LOADCTL_TRY(out, JsonStrings(place, value));
  if (!out) return {};
  if (const auto good = CheckList(row, *out); !good)
    return JsonValueError(place, good.error().message);
  return {};
}

Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::set<std::string>>& out) {
  LOADCTL_TRY(const auto names, JsonStrings(place, value));
  if (names) out = KeepSystemTags(*names);
  return {};
}

Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<DnsOptions>& out) {
  if (value.is_null()) return {};
  if (!value.is_object()) return JsonTypeError(place, value, "types.DNSConfig");
  out.emplace();
  for (const auto& [raw_key, item] : value.get_object()) {
    for (const char* key : {"ttl", "select", "policy"}) {
      if (!SameKey(std::string_view(raw_key), key)) continue;
      const JsonPlace field = place.At(key);
      LOADCTL_TRY(const auto text, JsonString(field, item));
      if (!text) continue;
      if (auto set = SetDnsField(key, *text, *out); !set) {
        return JsonValueError(field, set.error().message);
      }
    }
  }
  return {};
}

Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::vector<Stage>>& out) {
  if (value.is_null()) return {};
  if (!value.is_array()) return JsonTypeError(place, value, "[]lib.Stage");
  out.emplace();
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) return JsonTypeError(place, item, "lib.Stage");
    Stage& stage = out->emplace_back();
    for (const auto& [raw_key, field] : item.get_object()) {
      const std::string_view key(raw_key);
      if (SameKey(key, "duration")) {
        LOADCTL_TRY(stage.duration, JsonDuration(place.At("duration"), field));
      } else if (SameKey(key, "target")) {
        LOADCTL_TRY(stage.target, JsonInt(place.At("target"), field));
      }
    }
  }
  return {};
}

Result<void> FromJson(const Setting&, const JsonPlace&, const json::value& value,
                      std::optional<Json>& out) {
  if (!value.is_null()) out = Json{json::serialize(value)};
  return {};
}

/// Types whose reader takes anything but null.
template <typename T>
Result<void> Take(Result<T> value, std::optional<T>& out) {
  if (!value) return tl::unexpected(std::move(value).error());
  out = std::move(*value);
  return {};
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::vector<Scenario>>& out) {
  return value.is_null() ? Result<void>() : Take(ReadScenarios(place, value), out);
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::vector<MetricThresholds>>& out) {
  return value.is_null() ? Result<void>() : Take(ReadThresholds(place, value), out);
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<Hosts>& out) {
  return value.is_null() ? Result<void>() : Take(ReadHosts(place, value), out);
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<TlsVersions>& out) {
  return value.is_null() ? Result<void>() : Take(ReadTlsVersions(place, value), out);
}
Result<void> FromJson(const Setting&, const JsonPlace& place, const json::value& value,
                      std::optional<std::vector<TlsCertificate>>& out) {
  return value.is_null() ? Result<void>() : Take(ReadTlsAuth(place, value), out);
}

// ---- from variables, which are not empty

Result<void> FromVariable(const Setting&, std::string_view text, std::optional<bool>& out) {
  if (text == "null") return {};
  if (text != "true" && text != "false") return Fail("invalid input:" + std::string(text));
  out = text == "true";
  return {};
}
Result<void> FromVariable(const Setting&, std::string_view text, std::optional<std::int64_t>& out) {
  if (text == "null") return {};
  LOADCTL_TRY(out, text::ParseGoInt(text));
  return {};
}
Result<void> FromVariable(const Setting&, std::string_view text,
                          std::optional<std::chrono::nanoseconds>& out) {
  LOADCTL_TRY(out, ParseK6Duration(text));
  return {};
}
Result<void> FromVariable(const Setting& row, std::string_view text,
                          std::optional<std::string>& out) {
  LOADCTL_CHECK_OK(CheckText(row, text));
  out = std::string(text);
  return {};
}
Result<void> FromVariable(const Setting& row, std::string_view text,
                          std::optional<std::vector<std::string>>& out) {
  if (IsBlank(text)) return {};
  out = Split(text, ',');
  return CheckList(row, *out);
}
Result<void> FromVariable(const Setting&, std::string_view text,
                          std::optional<std::set<std::string>>& out) {
  if (IsBlank(text)) return {};
  std::vector<std::string> names = Split(text, ',');
  for (std::string& name : names) std::erase(name, ' ');
  out = KeepSystemTags(names);
  return {};
}
Result<void> FromVariable(const Setting&, std::string_view text, std::optional<Texts>& out) {
  if (IsBlank(text)) return {};
  out.emplace();
  for (const std::string& pair : Split(text, ',')) {
    const auto parts = Split(pair, ':');
    if (parts.size() != 2) return Fail("invalid map item: " + text::QuoteGo(pair));
    (*out)[parts[0]] = parts[1];
  }
  return {};
}
/// `ttl=5m,select=random`; the text of the defaults counts as unset, as in k6.
Result<void> FromVariable(const Setting&, std::string_view text, std::optional<DnsOptions>& out) {
  if (text.empty() || text == "ttl=5m,select=random,policy=preferIPv4") return {};
  out.emplace();
  for (const std::string& pair : Split(text, ',')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals + 1 == pair.size()) {
      return Fail("no value for key " + pair);
    }
    LOADCTL_CHECK_OK(SetDnsField(pair.substr(0, equals), pair.substr(equals + 1), *out));
  }
  return {};
}
Result<void> FromVariable(const Setting&, std::string_view text,
                          std::optional<std::vector<Stage>>& out) {
  if (IsBlank(text)) return {};
  out.emplace();
  for (const std::string& one : Split(text, ',')) {
    LOADCTL_TRY(const Stage stage, ParseStage(one));
    out->push_back(stage);
  }
  return {};
}
/// What is only an object or a list in a script is JSON in a variable.
template <typename T>
Result<void> FromVariable(const Setting& row, std::string_view text, std::optional<T>& out) {
  LOADCTL_TRY(const json::value value, ParseJson(text, "reading it as JSON"));
  const std::string key(row.key);
  return FromJson(row, {key, "Options." + key, Source::kVariable}, value, out);
}

// ---- from flags, whose texts CheckFlagText() has seen

Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<bool>& out) {
  out = text::ParseGoBool(given.back()).value_or(false);
  return {};
}
Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<std::int64_t>& out) {
  out = text::ParseGoInt(given.back(), text::IntegerBase::kPrefix).value_or(0);
  return {};
}
Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<std::chrono::nanoseconds>& out) {
  out = ParseGoDuration(given.back()).value_or(std::chrono::nanoseconds(0));
  return {};
}
Result<void> FromFlag(const Setting& row, std::span<const std::string> given,
                      std::optional<std::string>& out) {
  const std::string& text = given.back();
  LOADCTL_CHECK_OK(CheckText(row, text));
  if (row.type == ValueType::kTimeUnit && text != "s" && text != "ms" && text != "us") {
    if (text.empty()) return {};
    return Fail("invalid summary time unit '" + text + "', use 's', 'ms' or 'us'");
  }
  out = text;
  return {};
}

Result<std::vector<std::string>> SplitAll(std::span<const std::string> given) {
  std::vector<std::string> out;
  for (const std::string& text : given) {
    LOADCTL_TRY(const auto fields, SplitCsv(text));
    out.insert(out.end(), fields.begin(), fields.end());
  }
  return out;
}

Result<void> FromFlag(const Setting& row, std::span<const std::string> given,
                      std::optional<std::vector<std::string>>& out) {
  if (row.type == ValueType::kStringArray) {
    out.emplace(given.begin(), given.end());
    return {};
  }
  LOADCTL_TRY(out, SplitAll(given));
  if (row.type == ValueType::kTrendStats) LOADCTL_CHECK_OK(CheckTrendStats(*out));
  for (std::string& item : *out) {
    if (row.type != ValueType::kIpRanges) continue;
    auto range = ParseIpRange(item);
    if (!range) return Fail("error parsing blacklist-ip '" + item + "': " + range.error().message);
    item = std::move(*range);
  }
  return CheckList(row, *out);
}
Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<std::set<std::string>>& out) {
  LOADCTL_TRY(const auto names, SplitAll(given));
  out = KeepSystemTags(names);
  return {};
}
Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<Texts>& out) {
  if (given.size() == 1 && given[0].empty()) return {};
  out.emplace();
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
    (*out)[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return {};
}
Result<void> FromFlag(const Setting& row, std::span<const std::string> given,
                      std::optional<DnsOptions>& out) {
  const auto good = FromVariable(row, given.back(), out);
  if (!good) return Fail(good.error().message);  // 255 for a flag, whatever the reason
  return {};
}
Result<void> FromFlag(const Setting&, std::span<const std::string> given,
                      std::optional<std::vector<Stage>>& out) {
  LOADCTL_TRY(const auto texts, SplitAll(given));
  out.emplace();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto stage = ParseStage(texts[i]);
    if (!stage) return Fail("error for stage " + std::to_string(i) + ": " + stage.error().message);
    if (!stage->duration) {
      return Fail("stage " + std::to_string(i) + " doesn't have a specified duration");
    }
    out->push_back(*stage);
  }
  return {};
}
template <typename T>
Result<void> FromFlag(const Setting& row, std::span<const std::string>, std::optional<T>&) {
  return Fail("option " + std::string(row.key) + " has no flag");
}

/// k6 takes negative numbers as zero, but has none of our own options.
template <typename T>
Result<void> CheckSign(const Setting& row, const T& value) {
  if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::chrono::nanoseconds>) {
    if (row.own && value < T(0)) return Fail(ErrorCode::kInvalidConfig, "must not be negative");
  }
  return {};
}

/// `read(out)` for the row's member; what it gives is put into the layer.
template <typename Read>
Result<void> Fill(const Setting& row, Source source, Options& layer, const Read& read) {
  Result<void> good;
  ForEachOption(
      [&](const Setting& one, const auto& slot) {
        if (one.key != row.key) return;
        std::optional<std::decay_t<decltype(slot.value)>> value;
        good = read(value);
        if (!good || !value) return;
        good = CheckSign(row, *value);
        if (!good) return;
        slot.value = std::move(*value);
        slot.source = source;
      },
      layer);
  return good;
}

bool IsNothing(const Setting&, bool value) { return !value; }
bool IsNothing(const Setting& row, std::int64_t value) {
  return IsAccepted(row, std::to_string(value));
}
bool IsNothing(const Setting&, std::chrono::nanoseconds) { return false; }
bool IsNothing(const Setting& row, const std::string& value) {
  return value.empty() || IsAccepted(row, value);
}
bool IsNothing(const Setting&, const DnsOptions& value) { return value == DnsOptions(); }
bool IsNothing(const Setting&, const TlsVersions& value) { return value == TlsVersions(); }
bool IsNothing(const Setting&, const Json& value) {
  for (const std::string_view nothing : {"false", "\"\"", "[]", "{}", "null"}) {
    if (value.text == nothing) return true;
  }
  return false;
}
template <typename Container>
bool IsNothing(const Setting&, const Container& value) {
  return value.empty();
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
    case ValueType::kTrendStats:
      return "[]string";
    case ValueType::kSystemTags:
      return "metrics.SystemTagSet";
    case ValueType::kIpRanges:
      return "[]*lib.IPNet";
    case ValueType::kHostPatterns:
      return "types.NullHostnameTrie";
    case ValueType::kIpPool:
      return "types.NullIPPool";
    case ValueType::kHosts:
      return "types.NullHosts";
    case ValueType::kCipherSuites:
      return "lib.TLSCipherSuites";
    case ValueType::kTlsAuth:
      return "[]*lib.TLSAuth";
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

}  // namespace

Result<void> ReadJson(const Setting& row, const json::value& value, Source source, Options& layer) {
  const JsonPlace place{std::string(row.key), "Options." + std::string(row.key), source};
  return Fill(row, source, layer, [&](auto& out) { return FromJson(row, place, value, out); });
}

Result<void> ReadVariable(const Setting& row, std::string_view text, Options& layer) {
  if (text.empty()) return {};
  const auto good =
      Fill(row, Source::kVariable, layer, [&](auto& out) { return FromVariable(row, text, out); });
  if (good) return {};
  return Fail(ErrorCode::kInvalidConfig,
              "envconfig.Process: assigning " + std::string(row.env) + " to " + GoName(row) +
                  ": converting '" + std::string(text) + "' to type " + std::string(GoType(row)) +
                  ". details: " + good.error().message);
}

Result<void> ReadFlag(const Setting& row, std::span<const std::string> given, Options& layer) {
  return Fill(row, Source::kFlag, layer, [&](auto& out) { return FromFlag(row, given, out); });
}

bool AsksForNothing(const Setting& row, const Options& options) {
  bool nothing = true;
  ForEachOption(
      [&](const Setting& one, const auto& slot) {
        if (one.key == row.key) nothing = !slot.IsSet() || IsNothing(row, slot.value);
      },
      options);
  return nothing;
}

}  // namespace loadctl::plan
