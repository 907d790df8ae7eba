#include "controller/archive/archive.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/screen.h"
#include "controller/fleet/processes.h"
#include "controller/plan/options_text.h"

namespace loadctl::cli {
namespace {

Result<std::string> MakeArchive(const plan::CommandLine& line, const TestLoader& loader,
                                const LoadedTest& test, terminal::Logger& logger) {
  LOADCTL_TRY(const plan::Plan plan, loader.MakePlan(test));
  for (const auto& warning : line.warnings) logger.Warn(warning);
  for (const auto& warning : plan.warnings) logger.Warn(warning);
  LOADCTL_CHECK_OK(CheckThresholds(plan, test.inspection));
  archive::Archive out;
  out.main_url = test.inspection.main_url;
  LOADCTL_TRY(out.options_json, plan::ArchiveOptionsText(loader.Inputs(test)));
  if (!line.Has("exclude-env-vars")) out.env = plan.runtime.env;
  if (!test.inspection.compatibility_mode.empty()) {
    out.compatibility_mode = test.inspection.compatibility_mode;
  }
  out.files = test.inspection.bundle;
  return archive::WriteArchive(out, std::time(nullptr));
}

/// Empty: well done.
std::string Write(const std::string& path, const std::string& bytes) {
  if (path == "-") {
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
                         std::fflush(stdout) == 0;
    return written ? "" : std::string("write standard output: ") + std::strerror(errno);
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return "open " + path + ": " + std::strerror(errno);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? "" : "write " + path + ": " + std::strerror(errno);
}

}  // namespace

int Archive(std::span<const std::string> arguments) {
  auto line = plan::ParseCommandLine(plan::Command::kArchive, arguments);
  if (!line) return EarlyError(line.error());
  if (line->help) {
    std::fputs(plan::HelpOf(plan::Command::kArchive).c_str(), stdout);
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
  TestLoader loader(*line, environment, *runtime, logger);
  const auto test = loader.Load(*program);
  if (!test) return loader.Refuse(test.error());
  const auto bytes = MakeArchive(*line, loader, *test, logger);
  if (!bytes) return loader.Refuse(bytes.error());
  if (const std::string problem = Write(line->Text("archive-out", "archive.tar"), *bytes);
      !problem.empty()) {
    return LogError(logger, {ErrorCode::kGeneric, problem});
  }
  return 0;
}

}  // namespace loadctl::cli
