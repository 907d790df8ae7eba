#include "controller/archive/archive.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/screen.h"
#include "controller/plan/options_text.h"

namespace loadctl::cli {
namespace {

Result<std::string> MakeArchive(const plan::CommandLine& line, const TestLoader& loader,
                                const LoadedTest& test, terminal::Logger& logger) {
  LOADCTL_TRY(const plan::Plan plan, loader.MakePlan(test));
  for (const auto& warning : plan.warnings) logger.Warn(warning);
  LOADCTL_CHECK_OK(CheckThresholds(plan, test.inspection));
  archive::Archive out;
  out.main_url = test.inspection.main_url;
  LOADCTL_TRY(out.options_json, plan::ArchiveOptionsText(loader.Inputs(test)));
  loader.secrets()->redactor()->RedactJson(out.options_json);
  if (!line.Has("exclude-env-vars")) {
    out.env = plan.runtime.env;
    for (auto& [name, value] : *out.env) loader.secrets()->redactor()->Redact(value);
  }
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
  const auto problem = TryWriteFile(path, bytes, Readers::kOwner);
  return problem ? problem->step + " " + path + ": " + problem->reason : "";
}

}  // namespace

int Archive(std::span<const std::string> arguments) {
  return WithLoader(plan::Command::kArchive, arguments, [](const Loading& with) {
    const auto test = with.loader.Load(with.agent_program);
    if (!test) return with.loader.Refuse(test.error());
    const auto bytes = MakeArchive(with.line, with.loader, *test, with.logger);
    if (!bytes) return with.loader.Refuse(bytes.error());
    const std::string problem = Write(with.line.Text("archive-out", "archive.tar"), *bytes);
    return problem.empty() ? 0 : LogError(with.logger, {ErrorCode::kGeneric, problem});
  });
}

}  // namespace loadctl::cli
