#include "controller/plan/threshold_values.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "controller/plan/json_types.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// What is kept of a window is a sink a second.
constexpr std::chrono::minutes kMostWindow{10};

constexpr std::string_view kSpecForm =
    "an expression such as p(95)<200, or an object of threshold, abortOnFail and delayAbortEval";

tl::unexpected<Error> WrongType(const JsonPlace& place, const json::value& value,
                                std::string_view type, std::string_view form) {
  return tl::unexpected(Wanting(JsonTypeError(place, value, type).value(), place, form));
}

/// Of what k6 and loadctl give (docs/exit-codes.md) only the thresholds' own; beyond 125 are the
/// shells'.
bool MayBeExitCode(std::int64_t code) {
  const bool own = code == ExitStatus(ErrorCode::kThresholds);
  return own || (code >= 1 && code <= 96) || (code >= 113 && code <= kMostExitCode);
}

/// The fields that k6 does not have; false: it is none of them.
Result<bool> ReadOwn(std::string_view key, const JsonPlace& field, const json::value& item,
                     ThresholdSpec& out) {
  using std::chrono::seconds;
  if (SameKey(key, "window") || SameKey(key, "warmup")) {
    const bool window = SameKey(key, "window");
    const auto time = JsonDuration(field, item);
    if (!time) return tl::unexpected(Wanting(time.error(), field, kDurationForm));
    const bool whole = *time && **time % seconds(1) == seconds(0);
    if (!whole || **time < seconds(window ? 1 : 0) || (window && **time > kMostWindow)) {
      return JsonValueError(
          field, window ? "whole seconds from 1s to 10m are wanted" : "whole seconds are wanted");
    }
    (window ? out.window : out.warmup) = **time;
    return true;
  }
  if (SameKey(key, "minSamples")) {
    const auto count = JsonInt(field, item);
    if (!count) return tl::unexpected(Wanting(count.error(), field, kIntForm));
    if (!*count || **count < 0) return JsonValueError(field, "a number from 0 on is wanted");
    out.min_samples = **count;
    return true;
  }
  if (SameKey(key, "exitCode")) {
    const auto code = JsonInt(field, item);
    if (!code) return tl::unexpected(Wanting(code.error(), field, kIntForm));
    if (!*code || !MayBeExitCode(**code)) {
      return JsonValueError(
          field,
          "99, or a number from 1 to 96 or from 113 to 125 is wanted: others mean something "
          "else");
    }
    out.exit_code = **code;
    return true;
  }
  if (!SameKey(key, "level")) return false;
  const bool known =
      item.is_string() && (item.get_string() == "warn" || item.get_string() == "fail");
  if (!known) return JsonValueError(field, "warn or fail is wanted");
  out.warn = item.get_string() == "warn";
  return true;
}

Result<ThresholdSpec> ReadSpec(const JsonPlace& place, const json::value& value) {
  ThresholdSpec out;
  if (value.is_string()) {
    out.expression = std::string(value.get_string());
    return out;
  }
  if (!value.is_object()) return WrongType(place, value, "metrics.rawThresholdConfig", kSpecForm);
  for (const auto& [raw_key, item] : value.get_object()) {
    const std::string_view key(raw_key);
    const JsonPlace field = place.At(key);
    if (item.is_null()) continue;
    if (SameKey(key, "threshold")) {
      if (!item.is_string()) return WrongType(field, item, "string", kTextForm);
      out.expression = std::string(item.get_string());
    } else if (SameKey(key, "abortOnFail")) {
      if (!item.is_bool()) return WrongType(field, item, "bool", kBoolForm);
      out.abort_on_fail = item.get_bool();
    } else if (SameKey(key, "delayAbortEval")) {
      const auto delay = JsonDuration(field, item);
      if (!delay) return tl::unexpected(Wanting(delay.error(), field, kDurationForm));
      out.delay_abort_eval = *delay;
    } else {
      LOADCTL_TRY([[maybe_unused]] const bool own, ReadOwn(key, field, item, out));
    }
  }
  if (out.warn && out.exit_code != 0)
    return JsonValueError(place.At("exitCode"), "with level warn it fails no run");
  return out;
}

}  // namespace

Result<std::vector<MetricThresholds>> ReadThresholds(const JsonPlace& place,
                                                     const json::value& value) {
  if (!value.is_object()) {
    return WrongType(place, value, "map[string]metrics.Thresholds",
                     "an object of lists by the metric's name");
  }
  std::map<std::string, std::vector<ThresholdSpec>> metrics;
  for (const auto& [raw_metric, items] : value.get_object()) {
    const std::string metric(raw_metric);
    const JsonPlace of_metric{place.path + "." + metric, place.field, place.source};
    std::vector<ThresholdSpec>& specs = metrics[metric];
    specs.clear();
    if (items.is_null()) continue;
    if (!items.is_array()) {
      return WrongType(of_metric, items, "[]metrics.thresholdConfig",
                       "a list of expressions such as p(95)<200");
    }
    for (const json::value& item : items.get_array()) {
      LOADCTL_TRY(ThresholdSpec spec, ReadSpec(of_metric, item));
      specs.push_back(std::move(spec));
    }
  }
  std::vector<MetricThresholds> out;
  for (auto& [metric, specs] : metrics) out.push_back({metric, std::move(specs)});
  return out;
}

std::vector<std::string> UnknownThresholdFields(const json::value& thresholds) {
  static constexpr std::string_view kKnown[] = {"threshold", "abortOnFail", "delayAbortEval",
                                                "window",    "warmup",      "minSamples",
                                                "exitCode",  "level"};
  std::vector<std::string> unknown;
  const json::object* metrics = thresholds.if_object();
  if (metrics == nullptr) return unknown;
  for (const auto& [metric, items] : *metrics) {
    const json::array* specs = items.if_array();
    if (specs == nullptr) continue;
    for (const json::value& spec : *specs) {
      if (!spec.is_object()) continue;
      for (const auto& field : spec.get_object()) {
        const std::string_view key(field.key());
        const bool known = std::any_of(std::begin(kKnown), std::end(kKnown),
                                       [&](std::string_view one) { return SameKey(key, one); });
        if (!known) unknown.push_back("thresholds." + std::string(metric) + "." + std::string(key));
      }
    }
  }
  return unknown;
}

}  // namespace loadctl::plan
