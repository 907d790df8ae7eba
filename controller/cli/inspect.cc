#include <cstdio>
#include <string>

#include "controller/cli/commands.h"
#include "controller/cli/compat.h"
#include "controller/cli/load.h"
#include "controller/cli/types.h"
#include "controller/plan/options_text.h"

namespace loadctl::cli {
namespace {

/// The options of all layers with what they need; thresholds are checked, as before a run.
Result<std::string> Requirements(const TestLoader& loader, const LoadedTest& test,
                                 terminal::Logger& logger) {
  LOADCTL_TRY(const plan::Plan plan, loader.MakePlan(test));
  for (const auto& warning : plan.warnings) logger.Warn(warning);
  LOADCTL_CHECK_OK(CheckThresholds(plan, test.inspection));
  return plan::RequirementsText(plan);
}

}  // namespace

int Inspect(std::span<const std::string> arguments) {
  return WithLoader(plan::Command::kInspect, arguments, [](const Loading& with) {
    if (const std::string folder = with.line.Text("compat"); !folder.empty()) {
      return ShowCompatibility(folder, with.agent_program, with.line, with.environment,
                               with.runtime, with.logger);
    }
    if (with.line.Has("types")) {
      const auto wrong = CheckTypes(with.line.script);
      if (!wrong) return LogError(with.logger, wrong.error());
      std::fputs(wrong->c_str(), stdout);
      return wrong->empty() ? 0 : ExitStatus(ErrorCode::kScript);
    }
    const auto test = with.loader.Load(with.agent_program);
    if (!test) return with.loader.Refuse(test.error());
    auto text = with.line.Has("execution-requirements")
                    ? Requirements(with.loader, *test, with.logger)
                    : plan::ScriptOptionsText(with.loader.Inputs(*test));
    if (!text) return with.loader.Refuse(text.error());
    with.loader.secrets()->redactor()->RedactJson(*text);
    std::fwrite(text->data(), 1, text->size(), stdout);
    return 0;
  });
}

}  // namespace loadctl::cli
