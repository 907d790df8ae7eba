// `loadctl report` and `loadctl judge`: what `run --record` has written, shown and judged again.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/wire/codes.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/recorded.h"
#include "controller/cli/reports.h"
#include "controller/cli/result_files.h"
#include "controller/cli/screen.h"
#include "controller/cli/verdict.h"
#include "controller/page/document.h"
#include "controller/page/watch.h"
#include "controller/plan/plan.h"
#include "controller/summary/json.h"

namespace loadctl::cli {
namespace {

using std::chrono::nanoseconds;

constexpr char kReportHelp[] =
    R"(Show a recorded run: the summary, the export and the verdict are those of the run.

Usage:
  loadctl report [flags] FILE

Examples:
  loadctl run --record run.record script.js
  loadctl report run.record
  loadctl report --report html=run.html run.record
  loadctl report --summary-export summary.json --verdict-file verdict.json run.record

Flags:
      --summary-export FILE  write the summary as JSON
      --verdict-file FILE    write verdict, cause and exit code as JSON
      --summary-mode MODE    compact, full or disabled (default compact)
      --report FORMAT=PATH   as for `loadctl run`: html, junit, md, github, json, brief or metrics
      --fail-on WHAT         as for `loadctl run`; the verdict is made with it
      --no-color             no colours
  -h, --help                 this text

A record that ends before its run did (the machine crashed) shows what is there, marked INCOMPLETE.
The exit code is 0 if the record could be read, whatever the run's was: that is in the verdict.
)";

constexpr char kJudgeHelp[] = R"(Judge a recorded run again, or a part of it.

Usage:
  loadctl judge [flags] FILE

Examples:
  loadctl judge --from 60s --to 5m run.record
  loadctl judge --threshold 'http_req_duration:p(95)<200' --threshold 'checks:rate>0.99' run.record

Flags:
      --threshold METRIC:EXPRESSION  instead of the script's thresholds; may be repeated. A sub-metric
                                     such as http_req_duration{status:200} must be one of the run's
      --from TIME                    seconds before are left out (default 0s)
      --to TIME                      seconds from there on are left out (default: the end)
      --summary-export FILE          write the summary of that part as JSON
      --no-color                     no colours
  -h, --help                         this text

Times are since setup() began, pauses included, and count in whole seconds: what was measured in one
is in or out. The exit code is 99 if a threshold is crossed.
)";

/// Takes the flags of a window out of the arguments.
Result<Window> TakeWindow(std::vector<std::string>& arguments) {
  Window window;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    const std::string flag = arguments[i].substr(0, equals);
    if (flag != "--threshold" && flag != "--from" && flag != "--to") {
      rest.push_back(arguments[i]);
      continue;
    }
    if (equals == std::string::npos && i + 1 == arguments.size())
      return Fail("flag needs an argument: " + flag);
    const std::string value =
        equals == std::string::npos ? arguments[++i] : arguments[i].substr(equals + 1);
    if (flag == "--threshold") {
      window.thresholds.push_back(value);
      continue;
    }
    const auto time = ParseGoDuration(value);
    if (!time || time->count() < 0) {
      return Fail("invalid argument \"" + value + "\" for \"" + flag +
                  "\" flag: a time such as 90s or 5m is wanted");
    }
    (flag == "--from" ? window.from : window.to) = *time;
  }
  if (window.to <= window.from) return Fail("--to is not after --from");
  arguments = std::move(rest);
  return window;
}

/// Flags of `run` that say nothing of how a run is shown.
Result<void> CheckFlags(const plan::CommandLine& line) {
  constexpr std::string_view kShown[] = {"summary-export", "summary-mode", "no-color",  "quiet",
                                         "verbose",        "log-format",   "log-output"};
  for (const auto& [flag, value] : line.runtime) {
    if (std::find(std::begin(kShown), std::end(kShown), flag) == std::end(kShown))
      return Fail("unknown flag: --" + flag);
  }
  if (line.options.sources != plan::Options().sources)
    return Fail("a recorded run has its options already");
  return {};
}

/// What both commands begin with.
struct Arguments {
  plan::CommandLine line;
  plan::RuntimeOptions runtime;
  Window window;
  std::vector<report::Request> reports;
  std::string script;  ///< of the run
};

Result<Arguments> ReadArguments(std::vector<std::string> arguments, bool judge) {
  Arguments given;
  if (judge) {
    LOADCTL_TRY(given.window, TakeWindow(arguments));
  }
  LOADCTL_TRY(given.line, plan::ParseRunCommandLine(arguments));
  LOADCTL_CHECK_OK(CheckFlags(given.line));
  LOADCTL_TRY(given.runtime, plan::ResolveRuntimeOptions(given.line, {}));
  given.runtime.quiet = true;  // nothing but the summary
  for (const std::string& text : given.line.reports) {
    LOADCTL_TRY(auto request, report::ParseRequest(text));
    given.reports.push_back(std::move(request));
  }
  return given;
}

bool WantsHelp(std::span<const std::string> arguments) {
  return std::find(arguments.begin(), arguments.end(), "--help") != arguments.end() ||
         std::find(arguments.begin(), arguments.end(), "-h") != arguments.end();
}

v1::RunEvent EventOf(v1::Outcome outcome) {
  v1::RunEvent event;
  *event.mutable_outcome() = std::move(outcome);
  return event;
}

ResultFile ExportOf(const Arguments& given) {
  return ResultFile(given.runtime.summary_export, [](const v1::Outcome& outcome) {
    return std::optional(summary::SummaryExportJson(outcome.summary()));
  });
}

/// Shows the outcome and writes the files; the exit status.
int ShowRecorded(const Arguments& given, Screen& screen, const v1::Outcome& outcome,
                 const page::Watch& watch) {
  // What handleSummary() wrote to other files the run has written.
  v1::Outcome shown = outcome;
  shown.clear_files();
  for (const auto& file : outcome.files())
    if (file.path() == "stdout" || file.path() == "stderr") *shown.add_files() = file;
  screen.On(EventOf(std::move(shown)));
  ResultFile summary_export = ExportOf(given);
  ResultFile verdict(given.line.verdict_file, [&](const v1::Outcome& of) {
    auto why = wire::ErrorOf(of);
    if (!why) why = JudgeFailOn(given.line.fail_on, of);
    return std::optional(VerdictJson(why, &of));
  });
  const auto event = EventOf(outcome);
  if (outcome.has_summary()) summary_export.On(event);
  verdict.On(event);
  Reports reports(
      given.reports,
      [&](const v1::Outcome& of) {
        auto why = wire::ErrorOf(of);
        if (!why) why = JudgeFailOn(given.line.fail_on, of);
        return report::Subject{of, why, given.script, VerdictJson(why, &of)};
      },
      [&] { return page::Report(watch.Snapshot()); }, screen);
  reports.On(event);
  int status = reports.written() ? 0 : ExitStatus(ErrorCode::kGeneric);
  for (const auto* file : {&summary_export, &verdict}) {
    if (file->problem().empty()) continue;
    screen.logger().Error(file->problem());
    status = ExitStatus(ErrorCode::kGeneric);
  }
  return status;
}

int ReportOf(Arguments& given, Screen& screen) {
  page::Watch watch;
  auto recorded = ReadRecord(given.line.script, {}, &watch);
  if (!recorded) return LogError(screen.logger(), recorded.error());
  given.script = recorded->planned.script();
  if (recorded->outcome) return ShowRecorded(given, screen, *recorded->outcome, watch);
  screen.logger().Warn("the record ends before the run did: " + recorded->problem);
  v1::RunEvent cut;
  cut.mutable_cause()->set_kind(v1::EndCause::FAILED);
  *cut.mutable_cause()->mutable_error() =
      wire::ToProto(Error{ErrorCode::kAgentLost, "the record ends before the run did"});
  recorded->results.On(cut);
  const v1::Outcome outcome = recorded->results.Conclude();
  watch.On(EventOf(outcome));
  return ShowRecorded(given, screen, outcome, watch);
}

int JudgeOf(Arguments& given, Screen& screen) {
  auto recorded = ReadRecord(given.line.script, given.window);
  if (!recorded) return LogError(screen.logger(), recorded.error());
  auto& logger = screen.logger();
  if (!recorded->outcome) logger.Warn("the record ends before the run did: " + recorded->problem);
  if (recorded->across > 0) {
    logger.Warn(std::to_string(recorded->across) +
                " seconds that were measured in one lie across an end of the window and are left "
                "out");
  }
  const v1::Outcome outcome = recorded->results.ConcludeWindow(given.window.from, given.window.to);
  screen.On(EventOf(outcome));
  ResultFile summary_export = ExportOf(given);
  summary_export.On(EventOf(outcome));
  if (!summary_export.problem().empty()) {
    logger.Error(summary_export.problem());
    return ExitStatus(ErrorCode::kGeneric);
  }
  const auto error = wire::ErrorOf(outcome);
  if (!error) return 0;
  LogError(logger, *error);
  return wire::ExitStatusOf(outcome.error());
}

int RunCommand(std::span<const std::string> arguments, const char* help,
               int (*work)(Arguments&, Screen&)) {
  if (WantsHelp(arguments)) {
    std::fputs(help, stdout);
    return 0;
  }
  auto given = ReadArguments({arguments.begin(), arguments.end()}, work == JudgeOf);
  if (!given) return EarlyError(given.error());
  const auto screen = Screen::Open(given->runtime, 1);
  if (!screen) return EarlyError(screen.error());
  return work(*given, **screen);
}

}  // namespace

int Report(std::span<const std::string> arguments) {
  return RunCommand(arguments, kReportHelp, ReportOf);
}

int Judge(std::span<const std::string> arguments) {
  return RunCommand(arguments, kJudgeHelp, JudgeOf);
}

}  // namespace loadctl::cli
