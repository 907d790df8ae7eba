#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/daemon/tls.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/rest_api.h"
#include "controller/cli/screen.h"
#include "controller/cli/signals.h"
#include "controller/cli/verdict.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/processes.h"
#include "controller/plan/plan.h"
#include "controller/run/test_run.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

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
    const int status = Steps();
    if (line_.verdict_file.empty()) return status;
    const std::string verdict = VerdictJson(failure_, result_ ? &*result_ : nullptr);
    if (const std::string problem = WriteFile(line_.verdict_file, verdict); !problem.empty()) {
      screen_.logger().Error("failed to save the verdict: " + problem);
      return status != 0 ? status : ExitStatus(ErrorCode::kGeneric);
    }
    return status;
  }

 private:
  int Steps() {
    screen_.Banner();
    auto program = fleet::FindAgentProgram();
    if (!program) return LogError(screen_.logger(), program.error());
    TestLoader loader(line_, environment_, runtime_, screen_.logger());
    const auto test = loader.Load(*program);
    if (!test) return Refuse(loader, test.error());
    const auto plan = loader.MakePlan(*test);
    if (!plan) return Refuse(loader, plan.error());
    for (const auto& warning : plan->warnings) screen_.logger().Warn(warning);
    controller::RunInputs inputs{*plan, test->inspection, agents_, 0, 0, 0, {}};
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

  int Refuse(const TestLoader& loader, const Error& error) {
    const Refusal refusal = loader.Explain(error);
    return LogError(screen_.logger(), refusal.error, refusal.hint);
  }

  /// Logs why the exit status is what it is, and keeps it for the verdict.
  int LogError(terminal::Logger& logger, const Error& error,
               const std::optional<std::string>& hint = std::nullopt) {
    if (!failure_) failure_ = error;
    return cli::LogError(logger, error, hint);
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
    controller::RunResult result = run.Execute(**fleet);
    agents.Wait(3s);
    signals_.Release();
    return Show(std::move(result));
  }

  int RunOnController(const controller::RunInputs& inputs) {
    const auto& fleet = line_.fleet;
    auto result = RunRemotely({fleet.controller, {fleet.tls_cert, fleet.tls_key, fleet.tls_ca}},
                              inputs, line_.script, screen_, signals_);
    if (!result) return LogError(screen_.logger(), result.error());
    return Show(std::move(*result));
  }

  int Show(controller::RunResult result) {
    result_ = std::move(result);
    const bool written = screen_.Results(*result_);
    const bool exported = screen_.Export(*result_);
    if (result_->error) return LogError(screen_.logger(), *result_->error, result_->hint);
    if (const auto failed = JudgeFailOn(line_.fail_on, *result_))
      return LogError(screen_.logger(), *failed);
    if (const std::string text = AllThrew(*result_); !text.empty()) screen_.logger().Warn(text);
    if (written && exported) return 0;
    if (!failure_) failure_ = Error{ErrorCode::kGeneric, "a file could not be written"};
    return ExitStatus(ErrorCode::kGeneric);
  }

  const plan::CommandLine& line_;
  const plan::Environment& environment_;
  const plan::RuntimeOptions& runtime_;
  Screen& screen_;
  Signals& signals_;
  const int agents_;
  std::optional<Error> failure_;
  std::optional<controller::RunResult> result_;
};

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
