#include "controller/plan/options_text.h"

#include <boost/json/serialize.hpp>

#include "common/base/duration.h"
#include "common/plan/shown_options.h"
#include "common/text/go_json.h"
#include "controller/plan/layers.h"

namespace loadctl::plan {
namespace json = boost::json;

Result<std::string> ScriptOptionsText(const PlanInputs& inputs) {
  std::vector<std::string> unknown;
  LOADCTL_TRY(const Options script, ScriptLayer(inputs.script_options_json, unknown));
  if (inputs.exports.empty()) return Fail("no exported functions in script");
  return text::ToGoJson(ShownObject(script, OptionsView::kScript), text::HtmlEscape::kYes);
}

std::string RequirementsText(const Plan& plan) {
  json::object out = ShownObject(plan.options, OptionsView::kAll);
  out["totalDuration"] = json::string(FormatGoDuration(plan.requirements.max_duration));
  out["maxVUs"] = plan.requirements.max_vus;
  return text::ToGoJson(out, text::HtmlEscape::kYes);
}

Result<std::string> ArchiveOptionsText(const PlanInputs& inputs) {
  LOADCTL_TRY(const RuntimeOptions runtime,
              ResolveRuntimeOptions(inputs.command_line, inputs.environment));
  std::vector<std::string> warnings;  // MakePlan() has told them
  LOADCTL_TRY(const Options merged, MergeLayers(inputs, runtime.option_variables, warnings));
  return ShownOptions(merged, OptionsView::kAll);
}

}  // namespace loadctl::plan
