#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/screen.h"
#include "controller/plan/script_template.h"

namespace loadctl::cli {
namespace {

bool Exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

/// The text of a built-in template, or of the file that the name is the path of.
Result<std::string> ReadTemplate(const std::string& name) {
  if (const auto text = plan::BuiltinTemplate(name); !text.empty()) return std::string(text);
  const auto fail = [](const std::string& why) {
    return Fail("error retrieving template: " + why);
  };
  if (name.find('/') == std::string::npos) {
    return fail("invalid template type \"" + name + "\"" +
                (Exists(name) ? ", did you mean ./" + name + "?" : ""));
  }
  const auto not_read = [&](const std::string& reason) {
    return fail("failed to read template file " + name + ": " + reason);
  };
  struct stat info {};
  if (stat(name.c_str(), &info) != 0) return not_read(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return not_read("it is not a file");
  std::ifstream file(name, std::ios::binary);
  if (!file) return not_read(std::strerror(errno));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

Result<void> Write(const plan::CommandLine& line, terminal::Logger& logger) {
  const std::string target = line.script.empty() ? "script.js" : line.script;
  const std::string name = line.Text("template", "minimal");
  if (Exists(target) && !line.Has("force")) {
    return Fail(target + " already exists. Use the `--force` flag to overwrite it");
  }
  LOADCTL_TRY(const std::string text, ReadTemplate(name));
  const auto filled = plan::FillTemplate(text, {target, line.Text("project-id")});
  if (!filled) {
    return Fail("error retrieving template: failed to parse template file " + name + ": " +
                filled.error().message);
  }
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  if (!file) return Fail("open " + target + ": " + std::strerror(errno));
  file << *filled;
  file.close();
  if (!file) return Fail("write " + target + ": " + std::strerror(errno));
  std::printf("New script created: %s (%s template).\n", target.c_str(), name.c_str());
  if (filled->find("'k6/browser'") != std::string::npos) {
    logger.Warn(
        "The script imports k6/browser, which is not yet supported: `loadctl run` refuses it "
        "(see `loadctl help compat k6/browser`)");
  }
  return {};
}

}  // namespace

int New(std::span<const std::string> arguments) {
  const auto line = plan::ParseCommandLine(plan::Command::kNew, arguments);
  if (!line) return EarlyError(line.error(), arguments);
  if (line->help) {
    std::fputs(plan::HelpOf(plan::Command::kNew).c_str(), stdout);
    return 0;
  }
  const auto runtime = plan::ResolveRuntimeOptions(*line, SystemEnvironment());
  if (!runtime) return EarlyError(runtime.error(), arguments);
  const auto screen = Screen::Open(*runtime, 1);
  if (!screen) return EarlyError(screen.error());
  const auto written = Write(*line, (*screen)->logger());
  return written ? 0 : LogError((*screen)->logger(), written.error());
}

}  // namespace loadctl::cli
