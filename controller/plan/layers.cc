#include "controller/plan/layers.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
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
    case Source::kFile:
      return "file";
    case Source::kScript:
      return "script";
    case Source::kVariable:
      return "env";
    case Source::kFlag:
      return "cli";
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

/// Where the JSON text stops being JSON: `line 3, column 5`.
std::string PlaceOfSyntaxError(std::string_view text) {
  boost::system::error_code error;
  json::stream_parser parser;
  const std::size_t good = parser.write_some(text.data(), text.size(), error);
  const std::string_view before = text.substr(0, good);
  const std::size_t line = before.rfind('\n');
  const std::size_t column = good - (line == std::string_view::npos ? 0 : line + 1);
  return "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) +
         ", column " + std::to_string(column + 1);
}

/// The options of one JSON object whose rows `find` knows.
template <typename Find, typename Unknown>
Result<OptionLayer> JsonLayer(const json::object& object, Source source, Find find,
                              Unknown unknown) {
  OptionLayer layer;
  for (const auto& [raw_key, item] : object) {
    const std::string_view key(raw_key);
    const Setting* setting = find(key);
    if (setting == nullptr) {
      unknown(key);
      continue;
    }
    auto canonical = ValueFromJson(*setting, item, source);
    if (!canonical)
      return Fail(canonical.error().code, WithForm(canonical.error(), *setting, source));
    if (*canonical) layer[std::string(setting->key)] = std::move(**canonical);
  }
  return layer;
}

}  // namespace

Result<OptionLayer> FileLayer(const ConfigFile& file) {
  const auto fail = [&](std::string message) {
    // Go's message without what is said of scripts.
    if (const auto at = message.find("json: cannot unmarshal"); at != std::string::npos) {
      message.erase(0, at);
    }
    return Fail(ErrorCode::kInvalidConfig,
                "failed to load the configuration file from the local file system: couldn't parse "
                "the configuration from " +
                    QuoteGo(file.path) + ": " + message);
  };
  const auto value = ParseJson(file.text, PlaceOfSyntaxError(file.text));
  if (!value) return fail(value.error().message);
  if (value->is_null()) return OptionLayer();
  if (!value->is_object()) return fail("want one JSON object of options by name");
  auto layer = JsonLayer(value->get_object(), Source::kFile, FindFileKey, [](std::string_view) {});
  if (!layer) return fail(layer.error().message);
  return layer;
}

Result<OptionLayer> ScriptLayer(std::string_view text, std::vector<std::string>& warnings) {
  if (text.empty()) return OptionLayer();
  LOADCTL_TRY(const json::value value, ParseJson(text, "parsing options from script"));
  if (value.is_null()) return OptionLayer();
  if (!value.is_object()) {
    return Fail(ErrorCode::kInvalidConfig,
                "the script's options are not an object, but " + std::string(text.substr(0, 40)));
  }
  return JsonLayer(value.get_object(), Source::kScript, FindOption, [&](std::string_view key) {
    warnings.push_back(
        "There were unknown fields in the options exported in the script: json: unknown field " +
        QuoteGo(key));
  });
}

Result<OptionLayer> VariableLayer(const Environment& environment) {
  OptionLayer layer;
  for (const Setting& setting : Settings()) {
    if (!IsOptionLike(setting)) continue;
    const auto variable = environment.find(setting.env);
    if (variable == environment.end()) continue;
    auto canonical = ValueFromVariable(setting, variable->second);
    if (!canonical) {
      return Fail(canonical.error().code, WithForm(canonical.error(), setting, Source::kVariable));
    }
    if (*canonical) layer[std::string(setting.key)] = std::move(**canonical);
  }
  return layer;
}

void PutOver(MergedOptions& merged, const OptionLayer& layer, Source source,
             std::vector<std::string>& warnings) {
  bool sets_group = false;
  for (const std::string_view key : kGroup) sets_group = sets_group || layer.contains(key);
  if (sets_group) {
    if (merged.contains("scenarios") && source != Source::kFile) {
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

Result<MergedOptions> MergeLayers(const PlanInputs& inputs, const Environment& variables,
                                  std::vector<std::string>& warnings) {
  LOADCTL_TRY(const OptionLayer script, ScriptLayer(inputs.script_options_json, warnings));
  if (inputs.exports.empty()) return Fail("no exported functions in script");
  MergedOptions merged;
  if (inputs.config != nullptr) {
    LOADCTL_TRY(const OptionLayer file, FileLayer(*inputs.config));
    PutOver(merged, file, Source::kFile, warnings);
  }
  LOADCTL_TRY(const OptionLayer from_variables, VariableLayer(variables));
  PutOver(merged, script, Source::kScript, warnings);
  PutOver(merged, from_variables, Source::kVariable, warnings);
  PutOver(merged, inputs.command_line.options, Source::kFlag, warnings);
  return merged;
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
    const std::string what = DescribeSource(setting, value->second.source);
    LOADCTL_TRY(std::string warning, JudgeUse(setting, what, allow));
    warnings.push_back(std::move(warning));
    merged.erase(value);
  }
  return {};
}

}  // namespace loadctl::plan
