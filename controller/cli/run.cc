#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/daemon/exhaustion.h"
#include "common/daemon/tls.h"
#include "common/wire/codes.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/outputs.h"
#include "controller/cli/private_folder.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/reports.h"
#include "controller/cli/rest_api.h"
#include "controller/cli/result_files.h"
#include "controller/cli/screen.h"
#include "controller/cli/signals.h"
#include "controller/cli/summary_files.h"
#include "controller/cli/verdict.h"
#include "controller/events/publisher.h"
#include "controller/events/queue.h"
#include "controller/fleet/capacity.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/processes.h"
#include "controller/plan/plan.h"
#include "controller/record/writer.h"
#include "controller/rest/view.h"
#include "controller/run/run.h"
#include "controller/summary/json.h"

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
        outputs_(screen),
        to_screen_(screen),
        export_(runtime.summary_export,
                [](const v1::Outcome& outcome) -> std::optional<std::string> {
                  if (!outcome.has_summary()) return std::nullopt;
                  return summary::SummaryExportJson(outcome.summary());
                }),
        reports_(
            std::move(reports),
            [this](const v1::Outcome& outcome) {
              return report::Subject{outcome, WhyNotZero(outcome), line_.script, Verdict(outcome)};
            },
            screen),
        verdict_(line.verdict_file,
                 [this](const v1::Outcome& outcome) { return Verdict(outcome); }) {
    // In this order: the verdict tells of what could not be written before, samples or files.
    for (events::Subscriber* one : std::initializer_list<events::Subscriber*>{
             &view_, &outputs_, &to_screen_, &export_, &reports_, &verdict_})
      events_.Add(*one);
  }

  int Execute() {
    auto outcome =
        OpenRecord().and_then([this] { return BeginFiles(); }).and_then([this] { return Steps(); });
    if (!outcome) outcome = Told(outcome.error());
    return Conclude(*outcome);
  }

 private:
  Result<void> OpenRecord() {
    if (line_.record.empty()) return {};
    LOADCTL_TRY(record_, record::Writer::Create(line_.record));
    to_record_ = std::make_unique<events::Queue>(*record_);
    // Before the others: the verdict tells of what could not be written.
    events_.AddFirst(*to_record_);
    return {};
  }

  /// What cannot be written is found before the load, not after it.
  Result<void> BeginFiles() {
    if (auto good = verdict_.Begin(RunningVerdictJson()); !good)
      return tl::unexpected(good.error().While("failed to save the verdict"));
    if (auto good = export_.Begin(); !good)
      return tl::unexpected(good.error().While("failed to save the summary export"));
    return {};
  }

  /// The outcome of a run, which the subscribers have; an error: there was none.
  Result<v1::Outcome> Steps() {
    screen_.Banner();
    LOADCTL_CHECK_OK(CheckMachine());
    LOADCTL_TRY(const std::string program, fleet::FindAgentProgram());
    TestLoader loader(line_, environment_, runtime_, screen_.logger());
    auto test = loader.Load(program);
    if (!test) return Refused(loader, test.error());
    const auto plan = loader.MakePlan(*test);
    if (!plan) return Refused(loader, plan.error());
    for (const auto& warning : plan->warnings) screen_.logger().Warn(warning);
    controller::RunInputs inputs{*plan, test->inspection, agents_, 0, 0, 0, {}, line_.script};
    inputs.workers = static_cast<std::uint32_t>(line_.fleet.workers.value_or(0));
    inputs.vus_per_isolate = static_cast<std::uint32_t>(line_.fleet.vus_per_isolate.value_or(0));
    inputs.max_heap = static_cast<std::uint64_t>(line_.fleet.max_heap.value_or(0));
    inputs.display = screen_.display();
    inputs.samples = !plan->outputs.empty();
    LOADCTL_TRY(const auto run, controller::Run::Make(inputs, events_));
    LOADCTL_CHECK_OK(outputs_.Make(inputs, environment_));
    screen_.Header(line_, *plan, outputs_.Descriptions());
    LOADCTL_CHECK_OK(outputs_.Start());
    if (!line_.fleet.controller.empty()) return RunOnController(inputs);
    return RunOnLocalAgents(program, std::move(test->inspection.agent), *run);
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
    return Told(refusal.error, refusal.hint);
  }

  /// What the subscribers get of a run that was none.
  v1::Outcome Told(const Error& error, const std::optional<std::string>& hint = std::nullopt) {
    v1::RunEvent event;
    *event.mutable_outcome()->mutable_error() = wire::ToProto(error);
    if (hint) event.mutable_outcome()->set_hint(*hint);
    events_.Publish(event, std::chrono::nanoseconds(0));
    return event.outcome();
  }

  Result<v1::Outcome> RunOnLocalAgents(const std::string& program,
                                       std::optional<fleet::SpareAgent> first,
                                       controller::Run& run) {
    std::optional<EndInTime> ending;  // outlives what must not hang
    LOADCTL_TRY(const auto folder, PrivateFolder::Make());
    fleet::FleetOptions options;
    options.address = "unix:" + folder.Socket();
    options.agents = agents_;
    LOADCTL_TRY(const auto fleet, fleet::Fleet::Listen(options));
    RestApi api(line_.script, view_, [&](const rest::Command& command, RestApi::Reply reply) {
      fleet->Push({fleet::Event::Kind::kCall, 0, {}, "", [&run, command, reply] {
                     run.Do(command, reply);
                   }});
    });
    LOADCTL_CHECK_OK(api.Open(runtime_, screen_.logger()));
    std::atomic<bool> interrupted{false};
    signals_.Trap(
        [&](const std::string& name) {
          interrupted = true;
          fleet->Push({fleet::Event::Kind::kInterrupt, 0, {}, name});
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
    if (auto started = agents.Start(program, options.address, agents_, progress, std::move(first));
        !started) {
      signals_.Release();
      return tl::unexpected(started.error());
    }
    v1::Outcome outcome = run.Execute(*fleet);
    ending.emplace(30s, ExitStatus(ErrorCode::kAgentLost));
    agents.Wait(3s);
    signals_.Release();
    return outcome;
  }

  Result<v1::Outcome> RunOnController(const controller::RunInputs& inputs) {
    LOADCTL_TRY(auto below, SummaryFiles::Below(line_.summary_dir, line_.summary_overwrite));
    const auto& functions = inputs.inspection.functions;
    const bool wanted =
        std::find(functions.begin(), functions.end(), "handleSummary") != functions.end();
    // Kept by the screen, which shows the outcome on a thread of its own.
    screen_.WriteFilesBy([wanted, files = std::make_shared<SummaryFiles>(std::move(below))](
                             const std::string& path, const std::string& content) {
      return wanted ? files->Write(path, content)
                    : std::string(
                          "the controller sent a file, and the script has no "
                          "handleSummary(): nothing is written");
    });
    const auto& fleet = line_.fleet;
    return RunRemotely({fleet.controller,
                        {fleet.tls_cert, fleet.tls_key, fleet.tls_ca},
                        fleet.token_file,
                        line_.Has("wait")},
                       inputs, {events_, view_, screen_.logger(), signals_});
  }

  [[nodiscard]] std::string Verdict(const v1::Outcome& outcome) const {
    return VerdictJson(WhyNotZero(outcome), &outcome, outputs_.reports());
  }

  /// Why the exit status is not 0, if it is not.
  [[nodiscard]] std::optional<Error> WhyNotZero(const v1::Outcome& outcome) const {
    if (auto error = wire::ErrorOf(outcome)) return error;
    if (auto failed = JudgeFailOn(line_.fail_on, outcome, outputs_.reports())) return failed;
    const bool recorded = !record_ || record_->problem().empty();
    const bool written = export_.problem().empty() && reports_.written() && recorded;
    if (screen_.files_written() && written) return std::nullopt;
    return Error{ErrorCode::kGeneric, "a file could not be written"};
  }

  /// Logs what is to be said at the end; the exit status.
  int Conclude(const v1::Outcome& outcome) {
    auto& logger = screen_.logger();
    if (!export_.problem().empty())
      logger.Error("failed to save the summary export: " + export_.problem());
    if (record_ && !record_->problem().empty()) logger.Error(record_->problem());
    if (record_ && events::Any(record_->missed())) {
      logger.Warn("the record lacks " + std::to_string(record_->missed().seconds()) +
                  " seconds and " + std::to_string(record_->missed().logs()) + " log lines: '" +
                  line_.record + "' was too slow");
    }
    const auto error = wire::ErrorOf(outcome);
    const auto failed =
        error ? std::nullopt : JudgeFailOn(line_.fail_on, outcome, outputs_.reports());
    if (error) {
      LogError(logger, *error, outcome.has_hint() ? std::optional(outcome.hint()) : std::nullopt);
    } else if (failed) {
      LogError(logger, *failed);
    } else if (const std::string text = AllThrew(outcome); !text.empty()) {
      logger.Warn(text);
    }
    const auto why = WhyNotZero(outcome);
    const int status = why ? ExitStatus(why->code) : 0;
    if (verdict_.problem().empty()) return status;
    logger.Error("failed to save the verdict: " + verdict_.problem());
    return status != 0 ? status : ExitStatus(ErrorCode::kGeneric);
  }

  const plan::CommandLine& line_;
  const plan::Environment& environment_;
  const plan::RuntimeOptions& runtime_;
  Screen& screen_;
  Signals& signals_;
  const int agents_;
  events::Publisher events_;
  rest::View view_;
  RunOutputs outputs_;
  events::Queue to_screen_;
  ResultFile export_;
  Reports reports_;
  ResultFile verdict_;
  std::unique_ptr<record::Writer> record_;
  std::unique_ptr<events::Queue> to_record_;
};

/// The last --verdict-file of a command line that could not be read.
std::string VerdictFileIn(std::span<const std::string> arguments) {
  constexpr std::string_view kFlag = "--verdict-file";
  std::string path;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& argument = arguments[i];
    if (argument == kFlag && i + 1 < arguments.size()) path = arguments[++i];
    if (argument.starts_with(std::string(kFlag) + "=")) path = argument.substr(kFlag.size() + 1);
  }
  return path;
}

/// An error before there is a run: it is logged, and is the verdict.
int RefuseEarly(const Error& error, const std::string& verdict_file) {
  if (!verdict_file.empty()) {
    const std::string problem = WriteFile(verdict_file, VerdictJson(error, nullptr, {}));
    if (!problem.empty()) EarlyError(Error{error.code, "failed to save the verdict: " + problem});
  }
  return EarlyError(error);
}

}  // namespace

int Run(std::span<const std::string> arguments) {
  auto line = plan::ParseRunCommandLine(arguments);
  if (!line) return RefuseEarly(line.error(), VerdictFileIn(arguments));
  if (line->help) {
    std::fputs(plan::RunHelp().c_str(), stdout);
    return 0;
  }
  if (const auto good = daemon::CheckLimits(kLeastAddressSpace); !good)
    return RefuseEarly(good.error(), line->verdict_file);
  std::vector<report::Request> reports;
  for (const std::string& text : line->reports) {
    auto request = report::ParseRequest(text);
    if (!request) return RefuseEarly(request.error(), line->verdict_file);
    reports.push_back(std::move(*request));
  }
  const plan::Environment environment = SystemEnvironment();
  daemon::SetUpGrpc();
  if (!line->fleet.controller.empty()) KeepEnvironmentHere(*line, environment);
  auto runtime = plan::ResolveRuntimeOptions(*line, environment);
  if (!runtime) return RefuseEarly(runtime.error(), line->verdict_file);
  Signals signals;
  auto screen = Screen::Open(*runtime, static_cast<int>(line->fleet.agents.value_or(1)));
  if (!screen) return RefuseEarly(screen.error(), line->verdict_file);
  return RunCommand(*line, environment, *runtime, std::move(reports), **screen, signals).Execute();
}

}  // namespace loadctl::cli
