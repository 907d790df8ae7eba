#include <cstdio>
#include <string>

#include "controller/cli/commands.h"
#include "controller/cli/compat.h"
#include "controller/cli/load.h"
#include "controller/cli/screen.h"
#include "controller/fleet/processes.h"
#include "controller/plan/options_text.h"
#include "controller/run/test_run.h"

namespace loadctl::cli {
namespace {

/// The options of all layers with what they need; thresholds are checked, as before a run.
Result<std::string> Requirements(const TestLoader& loader, const LoadedTest& test,
                                 terminal::Logger& logger) {
  LOADCTL_TRY(const plan::Plan plan, loader.MakePlan(test));
  for (const auto& warning : plan.warnings) logger.Warn(warning);
  LOADCTL_CHECK_OK(CheckThresholds(plan, test.inspection));
  return plan::RequirementsText(loader.Inputs(test), plan);
}

}  // namespace

int Inspect(std::span<const std::string> arguments) {
  auto line = plan::ParseCommandLine(plan::Command::kInspect, arguments);
  if (!line) return EarlyError(line.error());
  if (line->help) {
    std::fputs(plan::HelpOf(plan::Command::kInspect).c_str(), stdout);
    return 0;
  }
  const plan::Environment environment = SystemEnvironment();
  const auto runtime = plan::ResolveRuntimeOptions(*line, environment);
  if (!runtime) return EarlyError(runtime.error());
  const auto screen = Screen::Open(*runtime, 1);
  if (!screen) return EarlyError(screen.error());
  terminal::Logger& logger = (*screen)->logger();
  const auto program = fleet::FindAgentProgram();
  if (!program) return LogError(logger, program.error());
  if (const std::string folder = line->Text("compat"); !folder.empty()) {
    return ShowCompatibility(folder, *program, *line, environment, *runtime, logger);
  }
  TestLoader loader(*line, environment, *runtime, logger);
  const auto test = loader.Load(*program);
  if (!test) return loader.Refuse(test.error());
  const auto text = line->Has("execution-requirements")
                        ? Requirements(loader, *test, logger)
                        : plan::ScriptOptionsText(loader.Inputs(*test));
  if (!text) return loader.Refuse(text.error());
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

}  // namespace loadctl::cli
