#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/daemon/exhaustion.h"
#include "common/daemon/tls.h"
#include "controller/cli/commands.h"
#include "controller/cli/kube_run.h"
#include "controller/cli/load.h"
#include "controller/cli/private_folder.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/reports.h"
#include "controller/cli/rest_api.h"
#include "controller/cli/run_output.h"
#include "controller/cli/screen.h"
#include "controller/cli/script_debugger.h"
#include "controller/cli/signals.h"
#include "controller/cli/sizing.h"
#include "controller/cli/summary_files.h"
#include "controller/cli/verdict.h"
#include "controller/fleet/capacity.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/processes.h"
#include "controller/plan/plan.h"
#include "controller/run/run.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

/// Everything of one `loadctl run` once flags and logging stand.
class RunCommand {
 public:
  RunCommand(const plan::CommandLine& line, const plan::Environment& environment,
             const plan::RuntimeOptions& runtime, std::vector<report::Request> reports,
             Screen& screen, Signals& signals)
      : line_(line),
        environment_(environment),
        runtime_(runtime),
        screen_(screen),
        signals_(signals),
        agents_(static_cast<int>(line.fleet.agents.value_or(1))),
        output_(line, runtime, std::move(reports), screen) {}

  int Execute() {
    auto outcome = output_.Begin().and_then([this] { return Steps(); });
    if (!outcome) outcome = output_.Tell(outcome.error());
    return output_.Conclude(*outcome);
  }

 private:
  /// The outcome of a run, which the subscribers have; an error: there was none.
  Result<v1::Outcome> Steps() {
    LOADCTL_CHECK_OK(CheckDetach());
    screen_.Banner();
    LOADCTL_CHECK_OK(CheckMachine());
    LOADCTL_TRY(const std::string program, fleet::FindAgentProgram());
    TestLoader loader(line_, environment_, runtime_, screen_.logger());
    LOADCTL_CHECK_OK(OpenSecrets(loader));
    auto test = loader.Load(program);
    if (!test) return Refused(loader, test.error());
    auto plan = loader.MakePlan(*test);
    if (!plan) return Refused(loader, plan.error());
    LOADCTL_CHECK_OK(OpenDashboard(*plan));
    if (line_.detach && !plan->options.har.empty())
      return Fail("--har is for whoever sees the run: it cannot be left with --detach");
    LOADCTL_CHECK_OK(output_.OpenHar(plan->options.har));
    for (const auto& warning : plan->warnings) screen_.logger().Warn(warning);
    controller::RunInputs inputs = InputsOf(line_, *plan, test->inspection, agents_);
    inputs.display = screen_.display();
    inputs.samples = !plan->outputs.empty();
    inputs.parts = runtime_.summary_mode == plan::SummaryMode::kFull || output_.WantParts();
    LOADCTL_CHECK_OK(Debug(inputs));
    if (const std::string most = line_.Text("max-busy"); !most.empty()) {
      LOADCTL_TRY(inputs.max_busy, ParseGoDuration(most));
      if (inputs.max_busy <= 0ns)
        return Fail("invalid argument \"" + most +
                    "\" for \"--max-busy\" flag: must be more than 0");
    }
    if (line_.fleet.controller.empty()) inputs.agents_are = bundle::PackFor::kThisMachine;
    inputs.cpu_profile = !line_.Text("cpu-profile").empty();
    if (const auto* text = test->inspection.bundle.Find(test->inspection.main_url))
      output_.SetScriptText(*text);
    inputs.secrets = loader.SupplyOfSecrets();
    LOADCTL_TRY(const auto run, controller::Run::Make(inputs, output_.events()));
    if (line_.detach && inputs.samples)
      return Fail("--out is for whoever sees the run: it cannot be left with --detach");
    LOADCTL_CHECK_OK(output_.outputs().Make(inputs, environment_));
    screen_.Header(line_, *plan, output_.outputs().Descriptions(), output_.dashboard_url());
    LOADCTL_CHECK_OK(output_.outputs().Start());
    if (!line_.fleet.controller.empty()) return RunOnController(inputs);
    const auto& shared = test->inspection.shared;
    return RunOnLocalAgents(program, std::move(test->inspection.agent),
                            shared ? shared->descriptor() : -1, *run);
  }

  /// Of `loadctl debug`.
  [[nodiscard]] Result<void> Debug(controller::RunInputs& inputs) {
    if (line_.command != plan::Command::kDebug) return {};
    // Whoever looks at a paused script may take a day.
    inputs.ready_patience = inputs.figures_patience = 24h;
    inputs.workers = 1;
    LOADCTL_TRY(debugger_,
                ScriptDebugger::Open(line_.Text("inspect", "127.0.0.1:9229"),
                                     {line_.script, inputs.inspection.main_url}, screen_.logger()));
    inputs.debugging = debugger_->For(!line_.Has("no-break"));
    return {};
  }

  [[nodiscard]] Result<void> OpenSecrets(TestLoader& loader) {
    LOADCTL_CHECK_OK(loader.OpenSecrets());
    output_.events().Redact(loader.secrets()->redactor());
    if (line_.detach && loader.secrets()->asked())
      return Fail(
          "a secret source that is asked needs this client: it cannot be left with --detach");
    return {};
  }

  Result<void> OpenDashboard(plan::Plan& plan) {
    LOADCTL_TRY(const auto wanted, TakeDashboard(plan, runtime_.option_variables));
    if (!wanted && !line_.web_control.empty())
      return Fail("--web-control is for the run's page: -o web-dashboard");
    if (!wanted) return {};
    if (line_.detach)
      return Fail("the web dashboard is for whoever sees the run: it cannot be left with --detach");
    return output_.OpenDashboard(*wanted);
  }

  /// Before the first process: whether this machine carries the agents that are asked of it.
  [[nodiscard]] Result<void> CheckMachine() const {
    if (!line_.fleet.controller.empty() || line_.fleet.ignore_limits) return {};
    return fleet::CheckCapacity({static_cast<std::uint64_t>(agents_),
                                 static_cast<std::uint64_t>(line_.fleet.workers.value_or(0))},
                                fleet::ReadMachine());
  }

  v1::Outcome Refused(const TestLoader& loader, const Error& error) {
    const Refusal refusal = loader.Explain(error);
    return output_.Tell(refusal.error, refusal.hint);
  }

  Result<v1::Outcome> RunOnLocalAgents(const std::string& program,
                                       std::optional<fleet::SpareAgent> first, int files,
                                       controller::Run& run) {
    std::optional<EndInTime> ending;  // outlives what must not hang
    LOADCTL_TRY(const auto folder, PrivateFolder::Make());
    fleet::FleetOptions options;
    options.address = "unix:" + folder.Socket();
    options.agents = agents_;
    LOADCTL_TRY(const auto fleet, fleet::Fleet::Listen(options));
    const RestApi::Ask ask = [&](const rest::Command& command, const RestApi::Reply& reply) {
      fleet->Push({fleet::Event::Kind::kCall, 0, {}, "", [&run, command, reply] {
                     run.Do(command, reply);
                   }});
    };
    RestApi api(line_.script, output_.view(), ask);
    const rest::Controls::Scope control(output_.controls(), ask);
    LOADCTL_CHECK_OK(api.Open(runtime_, screen_.logger()));
    std::atomic<bool> interrupted{false};
    signals_.Trap(
        [&](const std::string& name) {
          interrupted = true;
          fleet->Push({fleet::Event::Kind::kInterrupt, 0, {}, controller::ReceivedSignal(name)});
        },
        [&] {
          screen_.logger().Error("Aborting loadctl in response to signal");
          folder.Remove();
          std::_Exit(ExitStatus(ErrorCode::kSignal));  // local agents die with this process
        });
    fleet::LocalAgents agents(
        [&](int agent, const std::string& how) { fleet->GiveUp(agent, "its process " + how); });
    const fleet::LocalAgents::Progress progress{[&] { return fleet->Attached(); },
                                                [&] { return interrupted.load(); }};
    if (auto started =
            agents.Start(program, options.address, agents_, progress, std::move(first), files);
        !started) {
      signals_.Release();
      return tl::unexpected(started.error());
    }
    if (debugger_) {
      debugger_->Bring([&](v1::Debugger message) {
        fleet->Push({fleet::Event::Kind::kCall, 0, {}, "", [&run, message = std::move(message)] {
                       run.ToDebugged(message);
                     }});
      });
    }
    v1::Outcome outcome = run.Execute(*fleet);
    if (debugger_) debugger_->Bring(nullptr);
    ending.emplace(30s, ExitStatus(ErrorCode::kAgentLost));
    agents.Wait(3s);
    signals_.Release();
    return outcome;
  }

  Result<v1::Outcome> RunOnController(const controller::RunInputs& inputs) {
    const auto& fleet = line_.fleet;
    RemoteController there{fleet.controller,
                           {fleet.tls_cert, fleet.tls_key, fleet.tls_ca},
                           fleet.token_file,
                           line_.Has("wait")};
    std::unique_ptr<KubeRun> pods;
    if (line_.Has("kube")) {
      LOADCTL_TRY(pods, KubeRun::Start(line_, inputs.run, screen_.logger(), signals_));
      there = pods->controller();
    }
    if (line_.detach) return LeaveOnController(there, inputs);
    LOADCTL_TRY(auto below, SummaryFiles::Below(line_.summary_dir, line_.summary_overwrite));
    const auto& functions = inputs.inspection.functions;
    const bool wanted =
        std::find(functions.begin(), functions.end(), "handleSummary") != functions.end();
    // Kept by the screen, which shows the outcome on a thread of its own.
    screen_.WriteFilesBy(
        [wanted, files = std::make_shared<SummaryFiles>(std::move(below))](
            const std::string& path, const std::string& content) {
          return wanted ? files->Write(path, content)
                        : std::string(
                              "the controller sent a file, and the script has no "
                              "handleSummary(): nothing is written");
        },
        wanted);
    auto outcome = RunRemotely(
        there, inputs,
        {output_.events(), output_.view(), output_.controls(), screen_.logger(), signals_});
    const bool lost = outcome ? outcome->has_summary() && !outcome->summary().complete()
                              : outcome.error().code == ErrorCode::kAgentLost;
    if (pods && lost) pods->TellOfLost();
    return outcome;
  }

  /// What is left on a controller leaves no files here.
  [[nodiscard]] Result<void> CheckDetach() const {
    if (!line_.detach) return {};
    if (line_.fleet.controller.empty()) return Fail("--detach is for runs on a --controller");
    const std::string file = !line_.record.empty()                ? "--record"
                             : !line_.history.empty()             ? "--history"
                             : !line_.verdict_file.empty()        ? "--verdict-file"
                             : !runtime_.summary_export.empty()   ? "--summary-export"
                             : !line_.reports.empty()             ? "--report"
                             : !line_.Text("cpu-profile").empty() ? "--cpu-profile"
                             : !line_.fail_on.empty()             ? "--fail-on"
                                                                  : "";
    if (file.empty()) return {};
    return Fail(file + " is for whoever sees the run end: give it to `loadctl attach`");
  }

  /// Submits the run and says how to come back to it. The outcome is that it was accepted.
  Result<v1::Outcome> LeaveOnController(const RemoteController& there,
                                        const controller::RunInputs& inputs) {
    LOADCTL_TRY(const std::string id, SubmitDetached(there, inputs));
    if (runtime_.quiet) {
      std::printf("%s\n", id.c_str());
    } else {
      std::printf(
          "the run %s goes on without this client; to follow or stop it:\n\n"
          "  loadctl attach %s --controller %s\n  loadctl runs stop %s --controller %s\n",
          id.c_str(), id.c_str(), there.address.c_str(), id.c_str(), there.address.c_str());
    }
    return v1::Outcome();
  }

  const plan::CommandLine& line_;
  const plan::Environment& environment_;
  const plan::RuntimeOptions& runtime_;
  Screen& screen_;
  Signals& signals_;
  const int agents_;
  RunOutput output_;
  std::unique_ptr<ScriptDebugger> debugger_;  // null: the script is not debugged
};

/// An error before there is a run: it is logged, and is the verdict.
int RefuseEarly(const Error& error, std::span<const std::string> arguments) {
  const std::string verdict_file = LastValueIn(arguments, "--verdict-file");
  if (!verdict_file.empty()) {
    const std::string problem = WriteFile(verdict_file, VerdictJson(error, nullptr));
    if (!problem.empty())
      EarlyError(Error{error.code, "failed to save the verdict: " + problem}, arguments);
  }
  return EarlyError(error, arguments);
}

int RunBy(plan::Command command, std::span<const std::string> arguments) {
  auto line = plan::ParseCommandLine(command, arguments);
  if (!line) return RefuseEarly(line.error(), arguments);
  if (line->help) {
    std::fputs(plan::HelpOf(command).c_str(), stdout);
    return 0;
  }
  // Of one VU's one iteration there is no progress to show.
  if (command == plan::Command::kDebug) line->runtime["quiet"] = "true";
  if (const auto good = daemon::CheckLimits(daemon::kAgentAddressSpace); !good)
    return RefuseEarly(good.error(), arguments);
  std::vector<report::Request> reports;
  for (const std::string& text : line->reports) {
    auto request = report::ParseRequest(text);
    if (!request) return RefuseEarly(request.error(), arguments);
    reports.push_back(std::move(*request));
  }
  if (const auto good = ReadKubeFlags(*line); !good) return RefuseEarly(good.error(), arguments);
  const plan::Environment environment = SystemEnvironment();
  daemon::SetUpGrpc();
  if (!line->fleet.controller.empty()) KeepEnvironmentHere(*line, environment);
  auto runtime = plan::ResolveRuntimeOptions(*line, environment);
  if (!runtime) return RefuseEarly(runtime.error(), arguments);
  Signals signals;
  if (line->fleet.agents_auto) {
    const auto agents = AgentsFor(*line, environment, *runtime, signals);
    if (!agents) return RefuseEarly(agents.error(), arguments);
    line->fleet.agents = *agents;
  }
  auto screen = Screen::Open(*runtime, static_cast<int>(line->fleet.agents.value_or(1)));
  if (!screen) return RefuseEarly(screen.error(), arguments);
  return RunCommand(*line, environment, *runtime, std::move(reports), **screen, signals).Execute();
}

}  // namespace

int Run(std::span<const std::string> arguments) { return RunBy(plan::Command::kRun, arguments); }

int Debug(std::span<const std::string> arguments) {
  return RunBy(plan::Command::kDebug, arguments);
}

}  // namespace loadctl::cli
