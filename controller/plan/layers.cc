#include "controller/plan/layers.h"

#include <algorithm>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include "common/plan/json_reader.h"
#include "common/text/quote.h"
#include "controller/plan/json_types.h"
#include "controller/plan/threshold_values.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// Whether the row is read from its variable here.
bool IsOptionLike(const Setting& row) { return !row.env.empty() && row.scope != Scope::kRuntime; }

std::string_view LayerName(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
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
Result<Options> JsonLayer(const json::object& object, Source source, Find find, Unknown unknown) {
  Options layer;
  for (const auto& [raw_key, item] : object) {
    const std::string_view key(raw_key);
    const Setting* setting = find(key);
    if (setting == nullptr) {
      unknown(key);
      continue;
    }
    if (const auto good = ReadJson(*setting, item, source, layer); !good)
      return Fail(good.error().code, WithForm(good.error(), *setting, source));
  }
  return layer;
}

}  // namespace

Result<Options> FileLayer(const ConfigFile& file, std::vector<std::string>& unknown) {
  const auto fail = [&](const std::string& message) {
    return Fail(ErrorCode::kInvalidConfig,
                "failed to load the configuration file from the local file system: couldn't parse "
                "the configuration from " +
                    text::QuoteGo(file.path) + ": " + message);
  };
  const auto value = ParseJson(file.text, PlaceOfSyntaxError(file.text));
  if (!value) return fail(value.error().message);
  if (value->is_null()) return Options();
  if (!value->is_object()) return fail("want one JSON object of options by name");
  auto layer = JsonLayer(value->get_object(), Source::kFile, FindFileKey,
                         [&](std::string_view key) { unknown.emplace_back(key); });
  if (!layer) return fail(layer.error().message);
  return layer;
}

Result<Options> ScriptLayer(std::string_view text, std::vector<std::string>& unknown) {
  if (text.empty()) return Options();
  LOADCTL_TRY(const json::value value, ParseJson(text, "parsing options from script"));
  if (value.is_null()) return Options();
  if (!value.is_object()) {
    return Fail(ErrorCode::kInvalidConfig,
                "the script's options are not an object, but " + std::string(text.substr(0, 40)));
  }
  if (const json::value* thresholds = value.get_object().if_contains("thresholds"))
    unknown = UnknownThresholdFields(*thresholds);
  return JsonLayer(value.get_object(), Source::kScript, FindOption,
                   [&](std::string_view key) { unknown.emplace_back(key); });
}

Result<Options> VariableLayer(const Environment& environment) {
  Options layer;
  for (const Setting& row : OptionRows()) {
    const auto variable = environment.find(row.env);
    if (!IsOptionLike(row) || variable == environment.end()) continue;
    if (const auto good = ReadVariable(row, variable->second, layer); !good)
      return Fail(good.error().code, WithForm(good.error(), row, Source::kVariable));
  }
  return layer;
}

namespace {

/// Whether the layer says how long and with whom the test runs.
bool SetsShortcuts(const Options& layer) {
  bool sets = false;
  ForEachOption(
      [&](const Setting& row, const auto& slot) {
        sets = sets || (row.layering == Layering::kShortcut && slot.IsSet());
      },
      layer);
  return sets;
}

template <typename T>
void Overwrite(T& below, const T& above) {
  below = above;
}
void Overwrite(DnsOptions& below, const DnsOptions& above) { below.Overwrite(above); }
void Overwrite(std::vector<Stage>& below, const std::vector<Stage>& above) {
  below = above;
  std::erase_if(below, [](const Stage& stage) { return !stage.duration; });
}

template <typename T>
bool IsEmpty(const T& value) {
  if constexpr (requires { value.empty(); }) return value.empty();
  return false;
}

}  // namespace

void PutOver(Options& merged, const Options& layer, Source source,
             std::vector<std::string>& warnings) {
  const bool clears = SetsShortcuts(layer);
  if (clears && merged.IsSet(&Options::scenarios) && source != Source::kFile) {
    warnings.push_back(text::QuoteGo(LayerName(source)) +
                       " level configuration overrode scenarios configuration entirely");
  }
  static const Options kDefaults;
  ForEachOption(
      [&](const Setting& row, const auto& below, const auto& above, const auto& usual) {
        if (clears && row.layering == Layering::kShortcut) {
          below.value = usual.value;
          below.source = Source::kDefault;
        }
        if (!above.IsSet()) return;
        if (row.layering == Layering::kUnlessEmpty && IsEmpty(above.value)) return;
        Overwrite(below.value, above.value);
        below.source = source;
      },
      merged, layer, kDefaults);
}

Result<Options> MergeLayers(const PlanInputs& inputs, const Environment& variables,
                            std::vector<std::string>& warnings) {
  std::vector<std::string> unknown;
  LOADCTL_TRY(const Options script, ScriptLayer(inputs.script_options_json, unknown));
  for (const std::string& key : unknown) {
    std::string text =
        "There were unknown fields in the options exported in the script: json: unknown field " +
        text::QuoteGo(key) + SuggestOption(key);
    if (inputs.command_line.strict) return Fail(ErrorCode::kInvalidConfig, std::move(text));
    warnings.push_back(std::move(text));
  }
  if (inputs.exports.empty()) return Fail("no exported functions in script");
  Options merged;
  if (inputs.config != nullptr) {
    unknown.clear();
    LOADCTL_TRY(const Options file, FileLayer(*inputs.config, unknown));
    if (!unknown.empty() && inputs.command_line.strict) {
      return Fail(ErrorCode::kInvalidConfig, "option " + unknown[0] +
                                                 " of the configuration file is not known" +
                                                 SuggestOption(unknown[0]));
    }
    PutOver(merged, file, Source::kFile, warnings);
  }
  LOADCTL_TRY(const Options from_variables, VariableLayer(variables));
  PutOver(merged, script, Source::kScript, warnings);
  PutOver(merged, from_variables, Source::kVariable, warnings);
  PutOver(merged, inputs.command_line.options, Source::kFlag, warnings);
  return merged;
}

Result<void> RefuseUnsupported(const Options& merged, AllowUnsupported allow,
                               std::vector<std::string>& warnings) {
  std::vector<Error> refused;
  for (const Setting& row : OptionRows()) {  // in the table's order, so that messages are stable
    if (row.support == Support::kWorks || AsksForNothing(row, merged)) continue;
    auto judged = JudgeUse(row, DescribeSource(row, SourceOf(row, merged)), allow);
    if (judged) {
      warnings.push_back(std::move(*judged));
    } else {
      refused.push_back(std::move(judged).error());
    }
  }
  if (refused.empty()) return {};
  if (refused.size() == 1) return tl::unexpected(std::move(refused[0]));
  std::string all = "There are options that are not yet supported:";
  for (const Error& one : refused) all += "\n\t- " + one.message;
  return Fail(refused[0].code, std::move(all));
}

}  // namespace loadctl::plan
