#include "controller/cli/sizing.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "common/wire/codes.h"
#include "controller/cli/load.h"
#include "controller/cli/private_folder.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/screen.h"
#include "controller/events/publisher.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/processes.h"
#include "controller/rest/controls.h"
#include "controller/rest/view.h"
#include "controller/run/agents_needed.h"
#include "controller/run/run.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

/// Says what the script logs; the rest of the run's events is nobody's business.
class Lines final : public events::Subscriber {
 public:
  explicit Lines(terminal::Logger& logger) : logger_(logger) {}
  void On(const v1::RunEvent& event) override {
    if (!event.has_log()) return;
    const auto& line = event.log();
    if (line.level() >= v1::LogEntry::WARNING)
      logger_.Log(static_cast<terminal::LogLevel>(line.level()), line.message(), {});
  }

 private:
  terminal::Logger& logger_;
};

class Calibration {
 public:
  Calibration(const plan::CommandLine& line, Screen& screen, Signals& signals)
      : line_(line), screen_(screen), signals_(signals) {}

  Result<controller::AgentsNeeded> Measure(const std::string& program, LoadedTest& test,
                                           const plan::Plan& plan, TestLoader& loader) {
    LOADCTL_TRY(const auto tuple, plan::TupleOf(plan.options));
    plan::Plan small = plan;
    small.options.scenarios = controller::CalibrationOf(plan.options.scenarios, tuple);
    small.options.execution_segment.clear();
    small.options.execution_segment_sequence.clear();
    small.options.thresholds.clear();
    small.options.summary_trend_stats = {"avg"};
    small.requirements = plan::RequirementsOf(small.options.scenarios, plan::ExecutionTuple());
    small.outputs.clear();
    small.paused = small.linger = false;
    std::erase(test.inspection.functions, "handleSummary");
    controller::RunInputs inputs = InputsOf(line_, small, test.inspection, 1);
    inputs.secrets = loader.SupplyOfSecrets();
    Lines lines(screen_.logger());
    events::Publisher events;
    events.Redact(loader.secrets()->redactor());
    events.Add(lines);
    LOADCTL_TRY(const v1::Outcome outcome, line_.fleet.controller.empty()
                                               ? RunHere(program, test, inputs, events)
                                               : RunThere(inputs, events));
    if (const auto error = wire::ErrorOf(outcome)) return tl::unexpected(*error);
    return controller::NeededBy(plan.options.scenarios, tuple, outcome.summary());
  }

 private:
  Result<v1::Outcome> RunHere(const std::string& program, LoadedTest& test,
                              const controller::RunInputs& inputs, events::Publisher& events) {
    LOADCTL_TRY(const auto run, controller::Run::Make(inputs, events));
    LOADCTL_TRY(const auto folder, PrivateFolder::Make());
    fleet::FleetOptions options;
    options.address = "unix:" + folder.Socket();
    LOADCTL_TRY(const auto fleet, fleet::Fleet::Listen(options));
    signals_.Trap(
        [&](const std::string& name) {
          fleet->Push({fleet::Event::Kind::kInterrupt, 0, {}, controller::ReceivedSignal(name)});
        },
        [&] {
          folder.Remove();
          std::_Exit(ExitStatus(ErrorCode::kSignal));
        });
    fleet::LocalAgents agents(
        [&](int agent, const std::string& how) { fleet->GiveUp(agent, "its process " + how); });
    const auto started = agents.Start(program, options.address, 1,
                                      {[&] { return fleet->Attached(); }, [] { return false; }},
                                      std::move(test.inspection.agent));
    Result<v1::Outcome> outcome = v1::Outcome();
    if (started) outcome = run->Execute(*fleet);
    agents.Wait(3s);
    signals_.Release();
    if (!started) return tl::unexpected(started.error());
    return outcome;
  }

  Result<v1::Outcome> RunThere(const controller::RunInputs& inputs, events::Publisher& events) {
    const auto& fleet = line_.fleet;
    rest::View view;
    rest::Controls controls;
    return RunRemotely({fleet.controller,
                        {fleet.tls_cert, fleet.tls_key, fleet.tls_ca},
                        fleet.token_file,
                        line_.Has("wait")},
                       inputs, {events, view, controls, screen_.logger(), signals_});
  }

  const plan::CommandLine& line_;
  Screen& screen_;
  Signals& signals_;
};

}  // namespace

Result<std::int64_t> AgentsFor(const plan::CommandLine& line, const plan::Environment& environment,
                               const plan::RuntimeOptions& runtime, Signals& signals) {
  if (line.script == "-")
    return Fail("--agents auto runs the script twice: it cannot come from standard input");
  if (line.Has("kube"))
    return Fail(
        "--agents auto is not for --kube: pods are asked for before there is anything to measure");
  plan::RuntimeOptions quiet = runtime;
  quiet.quiet = true;
  LOADCTL_TRY(const auto screen, Screen::Open(quiet, 1));
  LOADCTL_TRY(const std::string program, fleet::FindAgentProgram());
  TestLoader loader(line, environment, runtime, screen->logger());
  LOADCTL_CHECK_OK(loader.OpenSecrets());
  auto test = loader.Load(program);
  if (!test) return tl::unexpected(loader.Explain(test.error()).error);
  auto plan = loader.MakePlan(*test);
  if (!plan) return tl::unexpected(loader.Explain(plan.error()).error);
  screen->logger().Info("--agents auto: measuring the test on one agent for 3s");
  auto needed = Calibration(line, *screen, signals).Measure(program, *test, *plan, loader);
  if (!needed) return tl::unexpected(needed.error().While("--agents auto"));
  const bool here = line.fleet.controller.empty();
  const std::int64_t agents =
      here ? needed->by_limits : std::max(needed->by_limits, needed->by_machine);
  const std::string told = "--agents auto: " + controller::Describe(*needed) + ": " +
                           std::to_string(agents) + (agents == 1 ? " agent" : " agents");
  constexpr std::int64_t kMost = 10'000;  // as the flag takes (controller/plan/flags.inc)
  if (agents > kMost) return Fail(told + ", and a run has at most " + std::to_string(kMost));
  screen->logger().Info(told);
  if (here && needed->by_machine > 1) {
    screen->logger().Warn("--agents auto: this machine is too small for that; it takes " +
                          std::to_string(needed->by_machine) + " machines like it (--controller)");
  }
  return agents;
}

}  // namespace loadctl::cli
