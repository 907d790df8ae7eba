#include "controller/plan/layers.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "common/plan/go_text.h"
#include "common/plan/json_reader.h"
#include "controller/plan/json_types.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 4> kGroup = {"duration", "iterations", "stages",
                                                    "scenarios"};

bool IsOptionLike(const Setting& setting) { return !setting.key.empty() && !setting.env.empty(); }

std::string_view LayerName(Source source) {
  switch (source) {
    case Source::kScript:
      return "script";
    case Source::kVariable:
      return "env";
    case Source::kFlag:
      return "cli";
  }
  return "";
}

/// `option rps of the script`, `variable K6_RPS`, `flag --rps`.
std::string Describe(const Setting& setting, Source source) {
  switch (source) {
    case Source::kScript:
      return "option " + std::string(setting.key) + " of the script";
    case Source::kVariable:
      return "variable " + std::string(setting.env);
    case Source::kFlag:
      return "flag --" + std::string(setting.flag);
  }
  return "";
}

/// Both are objects; the fields of `above` win.
std::string MergeFields(const std::string& below, const std::string& above) {
  json::value out = ParseJson(below, "merging options").value();
  const json::value over = ParseJson(above, "merging options").value();
  for (const auto& [key, value] : over.get_object()) out.get_object()[key] = value;
  return json::serialize(out);
}

}  // namespace

Result<OptionLayer> ScriptLayer(std::string_view text, std::vector<std::string>& warnings) {
  OptionLayer layer;
  if (text.empty()) return layer;
  LOADCTL_TRY(const json::value value, ParseJson(text, "parsing options from script"));
  if (value.is_null()) return layer;
  if (!value.is_object()) {
    return Fail(ErrorCode::kInvalidConfig,
                "the script's options are not an object, but " + std::string(text.substr(0, 40)));
  }
  for (const auto& [raw_key, item] : value.get_object()) {
    const std::string_view key(raw_key);
    const Setting* setting = FindOption(key);
    if (setting == nullptr) {
      warnings.push_back(
          "There were unknown fields in the options exported in the script: json: unknown field " +
          QuoteGo(key));
      continue;
    }
    LOADCTL_TRY(Value canonical, ValueFromJson(*setting, item));
    if (canonical) layer[std::string(setting->key)] = std::move(*canonical);
  }
  return layer;
}

Result<OptionLayer> VariableLayer(const Environment& environment) {
  OptionLayer layer;
  for (const Setting& setting : Settings()) {
    if (!IsOptionLike(setting)) continue;
    const auto variable = environment.find(setting.env);
    if (variable == environment.end()) continue;
    LOADCTL_TRY(Value canonical, ValueFromVariable(setting, variable->second));
    if (canonical) layer[std::string(setting.key)] = std::move(*canonical);
  }
  return layer;
}

void PutOver(MergedOptions& merged, const OptionLayer& layer, Source source,
             std::vector<std::string>& warnings) {
  bool sets_group = false;
  for (const std::string_view key : kGroup) sets_group = sets_group || layer.contains(key);
  if (sets_group) {
    if (merged.contains("scenarios")) {
      warnings.push_back(QuoteGo(LayerName(source)) +
                         " level configuration overrode scenarios configuration entirely");
    }
    for (const std::string_view key : kGroup) {
      if (const auto old = merged.find(key); old != merged.end()) merged.erase(old);
    }
  }
  for (const auto& [key, canonical] : layer) {
    if (key == "tags" && canonical == "{}") continue;
    const auto old = merged.find(key);
    const bool merge = key == "dns" && old != merged.end();
    merged[key] = {merge ? MergeFields(old->second.canonical, canonical) : canonical, source};
  }
}

Result<void> RefuseUnsupported(MergedOptions& merged, AllowUnsupported allow,
                               std::vector<std::string>& warnings) {
  for (const Setting& setting : Settings()) {  // in the table's order, so that messages are stable
    const auto value = merged.find(setting.key);
    if (setting.key.empty() || value == merged.end() || setting.support == Support::kWorks) {
      continue;
    }
    if (AsksForNothing(setting, value->second.canonical)) {
      // An empty `stages` still means something: MakePlan() warns of it.
      if (setting.key != "stages") merged.erase(value);
      continue;
    }
    const std::string what = Describe(setting, value->second.source);
    LOADCTL_TRY(std::string warning, JudgeUse(setting, what, allow));
    warnings.push_back(std::move(warning));
    merged.erase(value);
  }
  return {};
}

}  // namespace loadctl::plan
