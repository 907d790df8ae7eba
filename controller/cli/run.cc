#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/daemon/tls.h"
#include "controller/bundle/inspection.h"
#include "controller/cli/commands.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/rest_api.h"
#include "controller/cli/screen.h"
#include "controller/cli/signals.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/processes.h"
#include "controller/plan/plan.h"
#include "controller/run/test_run.h"

extern char** environ;

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

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

/// A folder only its owner can enter, for the agents' socket.
class PrivateFolder {
 public:
  static Result<PrivateFolder> Make() {
    const char* base = std::getenv("TMPDIR");
    std::string path =
        std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/loadctl-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return Fail("cannot make a folder " + path);
    PrivateFolder folder;
    folder.path_ = path;
    return folder;
  }
  PrivateFolder() = default;
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() { Remove(); }
  void Remove() const {
    if (path_.empty()) return;
    unlink(Socket().c_str());
    rmdir(path_.c_str());
  }
  [[nodiscard]] std::string Socket() const { return path_ + "/agents.sock"; }

 private:
  std::string path_;
};

int LogError(terminal::Logger& logger, const Error& error,
             const std::optional<std::string>& hint = std::nullopt) {
  terminal::LogFields fields;
  if (hint) fields.emplace_back("hint", *hint);
  if (hint == "script exception") fields.emplace_back("source", "stacktrace");
  logger.Error(error.message, fields);
  return ExitStatus(error.code);
}

/// Everything of one `loadctl run` once flags and logging stand.
class RunCommand {
 public:
  RunCommand(const plan::CommandLine& line, const plan::Environment& environment,
             const plan::RuntimeOptions& runtime, Screen& screen, Signals& signals)
      : line_(line),
        environment_(environment),
        runtime_(runtime),
        screen_(screen),
        signals_(signals),
        agents_(static_cast<int>(line.fleet.agents.value_or(1))) {}

  int Execute() {
    screen_.Banner();
    auto program = fleet::FindAgentProgram();
    if (!program) return LogError(screen_.logger(), program.error());
    auto inspection = Inspect(*program);
    if (!inspection) return Refuse(inspection.error());
    auto plan = MakePlan(*inspection);
    if (!plan) {
      const bool unusable = plan.error().message == "no exported functions in script";
      return LogError(screen_.logger(), unusable ? NotLoaded(plan.error()) : plan.error());
    }
    for (const auto& warning : plan->warnings) screen_.logger().Warn(warning);
    controller::RunInputs inputs{*plan, *inspection, agents_, 0, 0, 0, {}};
    inputs.workers = static_cast<std::uint32_t>(line_.fleet.workers.value_or(0));
    inputs.vus_per_isolate = static_cast<std::uint32_t>(line_.fleet.vus_per_isolate.value_or(0));
    inputs.max_heap = static_cast<std::uint64_t>(line_.fleet.max_heap.value_or(0));
    inputs.display = screen_.display();
    auto run = controller::TestRun::Make(inputs, screen_.Hooks());
    if (!run) return LogError(screen_.logger(), run.error());
    screen_.Header(line_, *plan);
    if (!line_.fleet.controller.empty()) return RunOnController(inputs);
    return RunOnLocalAgents(*program, *run);
  }

 private:
  Result<controller::Inspection> Inspect(const std::string& program) {
    controller::InspectionInputs inputs;
    inputs.agent_program = program;
    inputs.script = line_.script;
    inputs.env = runtime_.env;
    inputs.max_heap = static_cast<std::uint64_t>(line_.fleet.max_heap.value_or(0));
    inputs.log = [this](const v1::LogLine& line) {
      terminal::LogFields fields;
      for (int i = 0; i + 1 < line.fields_size(); i += 2)
        fields.emplace_back(line.fields(i), line.fields(i + 1));
      screen_.logger().Log(terminal::LogLevelOf(line.level()), line.message(), fields);
    };
    return controller::Inspect(inputs);
  }

  // The script does not load; k6 tells exceptions from what comes before any code has run.
  int Refuse(const Error& error) {
    const bool exception = error.message.find("\n\tat ") != std::string::npos;
    if (error.code == ErrorCode::kScriptAborted)
      return LogError(screen_.logger(), NotLoaded(error));
    if (error.code != ErrorCode::kScript || exception) {
      return LogError(screen_.logger(), error,
                      exception ? std::optional<std::string>("script exception") : std::nullopt);
    }
    return LogError(screen_.logger(), NotLoaded(error));
  }

  Error NotLoaded(const Error& error) const {
    return error.While("could not load JS test '" + controller::MainUrl(line_.script) + "'")
        .While("could not initialize '" + line_.script + "'");
  }

  Result<plan::Plan> MakePlan(const controller::Inspection& inspection) {
    for (const auto& name : inspection.not_functions) {
      return Fail(name == "handleSummary" ? "exported identifier handleSummary must be a function"
                                          : "exported '" + name + "' must be a function");
    }
    return plan::MakePlan(
        {inspection.options_json, inspection.functions, environment_, line_, LOADCTL_VERSION});
  }

  int RunOnLocalAgents(const std::string& program, controller::TestRun& run) {
    auto folder = PrivateFolder::Make();
    if (!folder) return LogError(screen_.logger(), folder.error());
    fleet::FleetOptions options;
    options.address = "unix:" + folder->Socket();
    options.agents = agents_;
    auto fleet = fleet::Fleet::Listen(options);
    if (!fleet) return LogError(screen_.logger(), fleet.error());
    RestApi api(line_.script, **fleet, run);
    if (const auto opened = api.Open(runtime_, screen_.logger()); !opened)
      return LogError(screen_.logger(), opened.error());
    signals_.Trap(
        [&](const std::string& name) {
          (*fleet)->Push({fleet::Event::Kind::kInterrupt, 0, {}, name});
        },
        [&] {
          screen_.logger().Error("Aborting loadctl in response to signal");
          folder->Remove();
          std::_Exit(ExitStatus(ErrorCode::kSignal));  // local agents die with this process
        });
    fleet::LocalAgents agents(
        [&](int agent, const std::string& how) { (*fleet)->GiveUp(agent, "its process " + how); });
    if (auto started = agents.Start(program, options.address, agents_); !started) {
      signals_.Release();
      return LogError(screen_.logger(), started.error());
    }
    const controller::RunResult result = run.Execute(**fleet);
    agents.Wait(3s);
    signals_.Release();
    return Show(result);
  }

  int RunOnController(const controller::RunInputs& inputs) {
    const auto& fleet = line_.fleet;
    const auto result =
        RunRemotely({fleet.controller, {fleet.tls_cert, fleet.tls_key, fleet.tls_ca}}, inputs,
                    line_.script, screen_, signals_);
    if (!result) return LogError(screen_.logger(), result.error());
    return Show(*result);
  }

  int Show(const controller::RunResult& result) {
    const bool written = screen_.Results(result);
    const bool exported = screen_.Export(result);
    if (result.error) return LogError(screen_.logger(), *result.error, result.hint);
    return written && exported ? 0 : ExitStatus(ErrorCode::kGeneric);
  }

  const plan::CommandLine& line_;
  const plan::Environment& environment_;
  const plan::RuntimeOptions& runtime_;
  Screen& screen_;
  Signals& signals_;
  const int agents_;
};

// Before logging can be set up as asked for, errors are logged in the default way.
int EarlyError(const Error& error) {
  auto screen = Screen::Open({}, 1);
  if (screen) return LogError((*screen)->logger(), error);
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return ExitStatus(error.code);
}

}  // namespace

int Run(std::span<const std::string> arguments) {
  auto line = plan::ParseRunCommandLine(arguments);
  if (!line) return EarlyError(line.error());
  if (line->help) {
    std::fputs(plan::RunHelp().c_str(), stdout);
    return 0;
  }
  const plan::Environment environment = SystemEnvironment();
  daemon::SetUpGrpc();
  if (!line->fleet.controller.empty()) KeepEnvironmentHere(*line, environment);
  auto runtime = plan::ResolveRuntimeOptions(*line, environment);
  if (!runtime) return EarlyError(runtime.error());
  Signals signals;
  auto screen = Screen::Open(*runtime, static_cast<int>(line->fleet.agents.value_or(1)));
  if (!screen) return EarlyError(screen.error());
  return RunCommand(*line, environment, *runtime, **screen, signals).Execute();
}

}  // namespace loadctl::cli
