// `loadctl runs` and `loadctl attach`: the runs of a controller, and one that was left there.
// `loadctl run --detach` leaves one (run.cc).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/daemon/config_file.h"
#include "common/daemon/tls.h"
#include "common/text/json_writer.h"
#include "common/wire/codes.h"
#include "controller/cli/commands.h"
#include "controller/cli/fleet_agents.h"
#include "controller/cli/load.h"
#include "controller/cli/run_output.h"
#include "controller/cli/screen.h"
#include "controller/cli/signals.h"
#include "controller/cli/table.h"
#include "controller/plan/plan.h"
#include "controller/record/history.h"
#include "controller/service/runs_client.h"
#include "controller/summary/humanize.h"

namespace loadctl::cli {
namespace {

constexpr char kRunsHelp[] =
    R"(List the runs of a controller, or those that a folder keeps, the newest first; or stop one.

Usage:
  loadctl runs --controller HOST:PORT [flags]
  loadctl runs --history DIR [--json]
  loadctl runs stop ID --controller HOST:PORT [flags]

Examples:
  loadctl run --detach --controller ctl.example:6566 script.js
  loadctl runs --controller ctl.example:6566
  loadctl runs stop 3f9c --controller ctl.example:6566
  loadctl run --history runs script.js
  loadctl runs --history runs

Flags:
      --history DIR           the folder of `loadctl run --history` and `loadctl controller --history`
      --controller HOST:PORT  the controller
      --tls-cert FILE         certificate of this client (PEM); plaintext only on loopback
      --tls-key FILE          its private key
      --tls-ca FILE           the authority that signed the controller's certificate
      --token-file FILE       the token of a controller without certificates (default: of this user)
      --json                  print JSON for programs, an object a line
  -h, --help                  this text

The beginning of an ID is enough where only one run has it. A controller keeps the last 20 runs that
have ended, as long as it lives; a folder keeps them all: the newest 1000 are listed.
)";

constexpr char kAttachHelp[] =
    R"(Follow a run of a controller, from its beginning, as if it had been started here.

Usage:
  loadctl attach ID --controller HOST:PORT [flags]

Flags:
      --controller HOST:PORT  the controller; with --tls-cert, --tls-key and --tls-ca as for `run`
      --summary-export FILE   write the summary as JSON
      --verdict-file FILE     write verdict, cause and exit code as JSON
      --fail-on WHAT          as for `loadctl run`
      --report FORMAT=FILE    as for `loadctl run`
      --record FILE           record the run, for `loadctl report` and `loadctl judge`
  -q, --quiet                 no progress
      --no-color              no colours
  -h, --help                  this text

The exit code is the run's. Ctrl-C leaves the run alone; `loadctl runs stop ID` stops it.
)";

constexpr std::string_view kRunsFlags[] = {"controller", "tls-cert",   "tls-key",
                                           "tls-ca",     "token-file", "history"};

bool WantsHelp(std::span<const std::string> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const auto& one) { return one == "-h" || one == "--help"; });
}

/// What people see of a run in a list.
std::string StateOf(const v1::RunInfo& run) {
  switch (run.state()) {
    case v1::RunInfo::WAITING:
      return "waiting";
    case v1::RunInfo::RUNNING:
      return "running";
    default:
      break;
  }
  if (!run.has_error()) return "exit 0";
  return "exit " + std::to_string(wire::ExitStatusOf(run.error()));
}

std::string Text(const v1::RunList& list) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : list.runs()) {
    rows.push_back({run.run_id(), StateOf(run), LocalTime(run.submitted_unix_ns()),
                    std::to_string(run.agents()), run.client(), run.script()});
  }
  return Table({{"ID"}, {"STATE"}, {"SINCE"}, {"AGENTS", true}, {"CLIENT"}, {"SCRIPT"}}, rows);
}

std::string Json(const v1::RunList& list) {
  std::string lines;
  for (const auto& run : list.runs()) {
    text::JsonWriter out(0);
    out.Object([&] {
      out.Key("run").String(run.run_id());
      out.Key("state").String(run.state() == v1::RunInfo::ENDED ? "ended" : StateOf(run));
      out.Key("script").String(run.script());
      out.Key("client").String(run.client());
      out.Key("submitted_unix_ms").Number(run.submitted_unix_ns() / 1'000'000);
      out.Key("agents").Number(std::int64_t{run.agents()});
      if (run.state() != v1::RunInfo::ENDED) return;
      out.Key("ended_unix_ms").Number(run.ended_unix_ns() / 1'000'000);
      out.Key("code").Number(std::int64_t{run.has_error() ? wire::ExitStatusOf(run.error()) : 0});
      out.Key("cause").String(run.has_error() ? run.error().message() : "");
    });
    lines += out.Take() + "\n";
  }
  return lines;
}

const char* StateOf(const record::KeptRun& run) {
  switch (run.state) {
    case record::KeptRun::State::kRunning:
      return "running";
    case record::KeptRun::State::kCut:
      return "cut";
    default:
      return "ended";
  }
}

std::string Text(const std::vector<record::KeptRun>& runs) {
  using metrics::ValueType;
  const auto value = [](const std::optional<double>& number, ValueType contains) {
    return number ? summary::HumanizeValue(*number, contains, "") : std::string("-");
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs) {
    const bool ended = run.state == record::KeptRun::State::kEnded;
    const double seconds = std::round(static_cast<double>(run.lasted.count()) / 1e9);
    rows.push_back(
        {run.id, ended ? "exit " + std::to_string(run.code) : StateOf(run),
         LocalTime(run.began_unix_ns), ended ? summary::HumanizeTime(seconds * 1000, "") : "-",
         value(run.requests, ValueType::kDefault),
         value(run.requests_per_second, ValueType::kDefault),
         value(run.duration_p95_ms, ValueType::kTime),
         run.requests_failed ? summary::HumanizeRate(*run.requests_failed) : "-", run.script});
  }
  return Table({{"ID"},
                {"STATE"},
                {"BEGAN"},
                {"LASTED", true},
                {"REQUESTS", true},
                {"A SECOND", true},
                {"P(95)", true},
                {"FAILED", true},
                {"SCRIPT"}},
               rows);
}

std::string Json(const std::vector<record::KeptRun>& runs) {
  std::string lines;
  for (const auto& run : runs) {
    text::JsonWriter out(0);
    out.Object([&] {
      out.Key("run").String(run.id);
      out.Key("state").String(StateOf(run));
      out.Key("script").String(run.script);
      out.Key("record").String(run.file);
      out.Key("began_unix_ms").Number(run.began_unix_ns / 1'000'000);
      out.Key("agents").Number(std::int64_t{run.agents});
      if (run.state != record::KeptRun::State::kEnded) return;
      out.Key("seconds").Number(static_cast<double>(run.lasted.count()) / 1e9);
      record::WriteEnd(run, out);
    });
    lines += out.Take() + "\n";
  }
  return lines;
}

Result<int> ListOrStop(std::vector<std::string> arguments) {
  std::string stop;
  const bool stops = !arguments.empty() && arguments[0] == "stop";
  if (stops) {
    if (arguments.size() < 2 || arguments[1].starts_with("-"))
      return Fail("which run is to be stopped? loadctl runs stop ID");
    stop = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  // The only one without a value.
  const bool json = std::erase(arguments, "--json") > 0;
  LOADCTL_TRY(daemon::Settings settings, daemon::ReadDaemonFlags(arguments, kRunsFlags));
  if (settings.contains("history")) {
    if (stops || settings.contains("controller"))
      return Fail("--history is for listing the runs of a folder, which no controller has");
    LOADCTL_TRY(const auto runs, record::ListHistory(settings["history"]));
    std::fputs((json ? Json(runs) : Text(runs)).c_str(), stdout);
    return 0;
  }
  const ControllerFlags controller{settings["controller"], settings["tls-cert"],
                                   settings["tls-key"], settings["tls-ca"], settings["token-file"]};
  LOADCTL_TRY(auto options, controller.Dial());
  service::RunsClient client(std::move(options));
  if (stops) {
    LOADCTL_TRY(const auto run, client.Stop(stop, "interrupt"));
    std::printf("the run %s is stopped\n", run.run_id().c_str());
    return 0;
  }
  LOADCTL_TRY(const auto list, client.List());
  std::fputs((json ? Json(list) : Text(list)).c_str(), stdout);
  return 0;
}

/// Shows the run to its end, or until a signal comes; the exit status.
int Follow(const plan::CommandLine& line, const plan::RuntimeOptions& runtime,
           std::vector<report::Request> reports, Screen& screen, Signals& signals) {
  RunOutput output(line, runtime, std::move(reports), screen);
  // Files of handleSummary() are for whoever began the run.
  screen.WriteFilesBy([](const std::string&, const std::string&) { return std::string(); }, true);
  const auto follow = [&]() -> Result<std::optional<v1::Outcome>> {
    const auto& fleet = line.fleet;
    const ControllerFlags controller{fleet.controller, fleet.tls_cert, fleet.tls_key, fleet.tls_ca,
                                     fleet.token_file};
    LOADCTL_TRY(auto options, controller.Dial());
    LOADCTL_CHECK_OK(output.Begin());
    service::RunsClient client(std::move(options));
    LOADCTL_TRY(const auto run, client.Get(line.script));
    std::atomic<bool> left{false};
    signals.Trap([&](const std::string&) { left = true; },
                 [] { std::_Exit(ExitStatus(ErrorCode::kSignal)); });
    std::optional<v1::Outcome> outcome;
    const auto watched = client.Watch(
        run.run_id(),
        [&](const v1::RunEvent& event) {
          if (event.has_outcome()) outcome = event.outcome();
          output.events().Forward(event);
        },
        [&] { return left.load(); });
    signals.Release();
    LOADCTL_CHECK_OK(watched);
    return outcome;
  };
  const auto outcome = follow();
  if (!outcome) return output.Conclude(output.Tell(outcome.error()));
  if (*outcome) return output.Conclude(**outcome);
  screen.logger().Info("the run goes on without this client: `loadctl attach` follows it again");
  return 0;
}

}  // namespace

int Runs(std::span<const std::string> arguments) {
  if (WantsHelp(arguments)) {
    std::fputs(kRunsHelp, stdout);
    return 0;
  }
  daemon::SetUpGrpc();
  const auto status = ListOrStop({arguments.begin(), arguments.end()});
  if (status) return *status;
  std::fprintf(stderr, "loadctl runs: %s\n", status.error().message.c_str());
  return ExitStatus(status.error().code);
}

int Attach(std::span<const std::string> arguments) {
  if (WantsHelp(arguments)) {
    std::fputs(kAttachHelp, stdout);
    return 0;
  }
  const auto line = plan::ParseRunCommandLine(arguments);
  if (!line) return EarlyError(line.error());
  if (line->options != plan::Options())
    return EarlyError({ErrorCode::kGeneric, "the run has its options already"});
  std::vector<report::Request> reports;
  for (const std::string& text : line->reports) {
    auto request = report::ParseRequest(text);
    if (!request) return EarlyError(request.error());
    reports.push_back(std::move(*request));
  }
  daemon::SetUpGrpc();
  const auto runtime = plan::ResolveRuntimeOptions(*line, {});
  if (!runtime) return EarlyError(runtime.error());
  Signals signals;
  const auto screen = Screen::Open(*runtime, 2);
  if (!screen) return EarlyError(screen.error());
  return Follow(*line, *runtime, std::move(reports), **screen, signals);
}

}  // namespace loadctl::cli
