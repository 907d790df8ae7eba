#include "controller/cli/load.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/daemon/core_dumps.h"
#include "common/daemon/exhaustion.h"
#include "controller/cli/screen.h"
#include "controller/cli/sources.h"
#include "controller/fleet/processes.h"
#include "controller/results/results.h"
#include "controller/run/inputs.h"

extern char** environ;

namespace loadctl::cli {
namespace {

constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;

/// The configuration file's text; nullopt if it need not be there and is not.
Result<std::optional<plan::ConfigFile>> ReadConfig(const plan::RuntimeOptions& options) {
  const std::string& path = options.config_path;
  const auto fail = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidConfig,
                "failed to load the configuration file from the local file system: " + what);
  };
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    if (absent && options.config_may_be_absent) return std::nullopt;
    std::string reason = std::strerror(errno);
    if (errno == ENOENT) reason = "no such file or directory";
    return fail("stat " + path + ": " + reason);
  }
  const auto not_read = [&](const std::string& reason) {
    return fail("couldn't load the configuration from \"" + path + "\": read " + path + ": " +
                reason);
  };
  if (S_ISDIR(info.st_mode)) return not_read("is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_read(std::strerror(errno));
  plan::ConfigFile out{path, std::string(kMaxConfigBytes + 1, '\0')};
  file.read(out.text.data(), static_cast<std::streamsize>(out.text.size()));
  out.text.resize(static_cast<std::size_t>(file.gcount()));
  if (out.text.size() > kMaxConfigBytes) return not_read("it is larger than 16 MiB");
  return out;
}

/// An error about a module that is not there, with all others of the kind, and where they are.
Error WithImports(const Error& error, const std::string& script) {
  if (error.message.find("the module \"k6") == std::string::npos &&
      error.message.find("couldn't be found on local disk") == std::string::npos)
    return error;
  const std::vector<std::string> problems = ImportProblems(SourcesOf(script));
  if (problems.empty()) return error;
  if (problems.size() == 1) return {error.code, problems[0]};
  std::string all = "the script imports what is not there:";
  for (const std::string& problem : problems) all += "\n\t- " + problem;
  return {error.code, std::move(all)};
}

/// So that neither children have it, nor /proc/PID/environ.
void ForgetVariable(const std::string& name) {
  if (char* value = std::getenv(name.c_str())) std::memset(value, 0, std::strlen(value));
  unsetenv(name.c_str());
}

}  // namespace

plan::Environment SystemEnvironment() {
  plan::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

int LogError(terminal::Logger& logger, const Error& error, const std::optional<std::string>& hint) {
  terminal::LogFields fields;
  if (hint) fields.emplace_back("hint", *hint);
  if (hint == "script exception") fields.emplace_back("source", "stacktrace");
  logger.Error(error.message, fields);
  return ExitStatus(error.code);
}

std::string LastValueIn(std::span<const std::string> arguments, std::string_view flag) {
  const std::string with_value = std::string(flag) + "=";
  std::string value;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& argument = arguments[i];
    if (argument == flag && i + 1 < arguments.size()) value = arguments[++i];
    if (argument.starts_with(with_value)) value = argument.substr(with_value.size());
  }
  return value;
}

int EarlyError(const Error& error, std::span<const std::string> arguments) {
  plan::RuntimeOptions options;
  options.log_format = LastValueIn(arguments, "--log-format");
  const char* from_environment = std::getenv("K6_LOG_FORMAT");
  if (options.log_format.empty() && from_environment != nullptr)
    options.log_format = from_environment;
  auto screen = Screen::Open(options, 1);
  if (screen) return LogError((*screen)->logger(), error);
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return ExitStatus(error.code);
}

Result<void> CheckThresholds(const plan::Plan& plan, const controller::Inspection& inspection) {
  LOADCTL_CHECK_OK(
      controller::Results::Make(controller::PlannedOf({plan, inspection, 1, 0, 0, 0, {}, "", {}})));
  return {};
}

Result<void> TestLoader::OpenSecrets() {
  LOADCTL_TRY(secrets_, secretsource::Sources::Open(runtime_.secret_sources, runtime_.secret_env,
                                                    environment_));
  if (secrets_->empty()) return {};
  daemon::ForbidCoreDumps();
  for (const std::string& name : runtime_.secret_env) ForgetVariable(name);
  for (const auto& [name, value] : environment_)
    if (name.starts_with("K6_SECRET_SOURCE")) ForgetVariable(name);
  logger_.Redact(secrets_->redactor());
  return {};
}

controller::RunInputs InputsOf(const plan::CommandLine& line, const plan::Plan& plan,
                               const controller::Inspection& inspection, int agents) {
  controller::RunInputs inputs{plan, inspection, agents, 0, 0, 0, {}, line.script};
  inputs.run = RunId::Random();
  inputs.workers = static_cast<std::uint32_t>(line.fleet.workers.value_or(0));
  inputs.vus_per_isolate = static_cast<std::uint32_t>(line.fleet.vus_per_isolate.value_or(0));
  inputs.vu_isolation = line.fleet.vu_isolation;
  inputs.max_heap = static_cast<std::uint64_t>(line.fleet.max_heap.value_or(0));
  return inputs;
}

std::shared_ptr<controller::SecretSupply> TestLoader::SupplyOfSecrets() const {
  if (secrets_->empty()) return nullptr;
  auto supply = std::make_shared<controller::SecretSupply>();
  supply->sources = secrets_->AtOnce();
  supply->redactor = secrets_->redactor();
  supply->ask = [sources = secrets_.get()](const std::string& source, const std::string& key,
                                           secrets::Keeper::Reply reply) {
    sources->Ask(source, key, std::move(reply));
  };
  return supply;
}

Result<LoadedTest> TestLoader::Load(const std::string& agent_program) {
  LOADCTL_CHECK_OK(daemon::CheckLimits(daemon::kAgentAddressSpace));
  controller::InspectionInputs inputs;
  inputs.agent_program = agent_program;
  inputs.script = line_.script;
  inputs.type = runtime_.test_type;
  inputs.import_map = runtime_.import_map;
  inputs.remote_imports = runtime_.remote_imports;
  inputs.env = runtime_.env;
  // Of a run on this machine the process that evaluates the script is the first agent.
  if (plan::Runs(line_.command) && line_.fleet.controller.empty())
    inputs.future = fleet::SpareAgent::Future::kAgent;
  if (secrets_ && !secrets_->empty()) {
    inputs.secrets = secrets_->AtOnce();
    inputs.secret = [secrets = secrets_](const std::string& source, const std::string& key) {
      return secrets->Get(source, key);
    };
  }
  inputs.max_heap = static_cast<std::uint64_t>(line_.fleet.max_heap.value_or(0));
  inputs.log = [this](const v1::LogLine& line) {
    terminal::LogFields fields;
    for (int i = 0; i + 1 < line.fields_size(); i += 2)
      fields.emplace_back(line.fields(i), line.fields(i + 1));
    logger_.Log(terminal::LogLevelOf(line.level()), line.message(), fields);
  };
  LoadedTest out;
  auto inspection = controller::Inspect(inputs);
  if (!inspection) return tl::unexpected(WithImports(inspection.error(), line_.script));
  out.inspection = std::move(*inspection);
  for (const auto& name : out.inspection.not_functions) {
    return Fail(name == "handleSummary" ? "exported identifier handleSummary must be a function"
                                        : "exported '" + name + "' must be a function");
  }
  if (const std::string& mode = out.inspection.compatibility_mode;
      plan::Runs(line_.command) && !mode.empty() && mode != "extended") {
    const auto allow =
        line_.allow_unsupported ? plan::AllowUnsupported::kYes : plan::AllowUnsupported::kNo;
    LOADCTL_TRY(const std::string warning,
                plan::JudgeUse(*plan::FindFlag("compatibility-mode"),
                               "compatibilityMode " + mode + " of the archive", allow));
    logger_.Warn(warning);
  }
  LOADCTL_TRY(out.config, ReadConfig(runtime_));
  return out;
}

plan::PlanInputs TestLoader::Inputs(const LoadedTest& test) const {
  return {test.inspection.options_json,
          test.inspection.functions,
          environment_,
          line_,
          LOADCTL_VERSION,
          test.config ? &*test.config : nullptr,
          &test.inspection.archive_env};
}

Result<plan::Plan> TestLoader::MakePlan(const LoadedTest& test) const {
  return plan::MakePlan(Inputs(test));
}

// k6 tells exceptions from what comes before any code has run.
Refusal TestLoader::Explain(const Error& error) const {
  // One without a place in the script ends its line all the same.
  const bool exception =
      error.message.find("\n\tat ") != std::string::npos || error.message.ends_with('\n');
  if (error.code == ErrorCode::kScriptAborted ||
      error.message == "no exported functions in script" ||
      (error.code == ErrorCode::kScript && !exception)) {
    return {NotLoaded(error), std::nullopt};
  }
  return {error, exception ? std::optional<std::string>("script exception") : std::nullopt};
}

int TestLoader::Refuse(const Error& error) const {
  const Refusal refusal = Explain(error);
  return LogError(logger_, refusal.error, refusal.hint);
}

Error TestLoader::NotLoaded(const Error& given) const {
  return given.While("could not load JS test '" + controller::MainUrl(line_.script) + "'")
      .While("could not initialize '" + line_.script + "'");
}

int WithLoader(plan::Command command, std::span<const std::string> arguments,
               const std::function<int(const Loading&)>& work) {
  const auto line = plan::ParseCommandLine(command, arguments);
  if (!line) return EarlyError(line.error(), arguments);
  if (line->help) {
    std::fputs(plan::HelpOf(command).c_str(), stdout);
    return 0;
  }
  const plan::Environment environment = SystemEnvironment();
  const auto runtime = plan::ResolveRuntimeOptions(*line, environment);
  if (!runtime) return EarlyError(runtime.error(), arguments);
  const auto screen = Screen::Open(*runtime, 1);
  if (!screen) return EarlyError(screen.error());
  terminal::Logger& logger = (*screen)->logger();
  const auto program = fleet::FindAgentProgram();
  if (!program) return LogError(logger, program.error());
  TestLoader loader(*line, environment, *runtime, logger);
  if (const auto opened = loader.OpenSecrets(); !opened) return LogError(logger, opened.error());
  return work({*line, environment, *runtime, logger, *program, loader});
}

}  // namespace loadctl::cli
