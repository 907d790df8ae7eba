// `loadctl report` and `loadctl judge`: what `run --record` has written, shown and judged again.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/metrics/delta.h"
#include "common/metrics/submetric.h"
#include "common/wire/codes.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/result_files.h"
#include "controller/cli/screen.h"
#include "controller/cli/verdict.h"
#include "controller/plan/plan.h"
#include "controller/record/reader.h"
#include "controller/results/results.h"
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
  loadctl report --summary-export summary.json --verdict-file verdict.json run.record

Flags:
      --summary-export FILE  write the summary as JSON
      --verdict-file FILE    write verdict, cause and exit code as JSON
      --summary-mode MODE    compact, full or disabled (default compact)
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

/// What `judge` has and `run` has not.
struct Window {
  std::vector<std::string> thresholds;
  nanoseconds from{0}, to = nanoseconds::max();
  bool narrowed = false;
};

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
    window.narrowed = true;
  }
  if (window.to <= window.from) return Fail("--to is not after --from");
  arguments = std::move(rest);
  return window;
}

/// `http_req_duration{status:200}:p(95)<200`
Result<plan::MetricThresholds> ParseThreshold(const std::string& text) {
  const std::size_t brace = text.find('{');
  const std::size_t first = text.find(':');
  std::size_t colon = first;
  if (brace != std::string::npos && brace < first) {
    const std::size_t end = text.find('}', brace);
    colon = end == std::string::npos ? end : text.find(':', end);
  }
  if (colon == std::string::npos || colon == 0) {
    return Fail("invalid argument \"" + text +
                "\" for \"--threshold\" flag: METRIC:EXPRESSION is wanted, such as "
                "http_req_duration:p(95)<200");
  }
  return plan::MetricThresholds{text.substr(0, colon), {{text.substr(colon + 1), false, {}}}};
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

/// A record that is read through.
struct Recorded {
  controller::Results results;
  std::optional<v1::Outcome> outcome;  ///< absent: the record ends before the run did
  std::string problem;                 ///< why it could not be read further, if so
  std::int64_t across = 0;             ///< seconds at an end of the window, left out
};

/// Whether a second lies in the window; nullopt: across one of its ends.
std::optional<bool> IsInside(const v1::Second& second, const Window& window) {
  const auto delta = metrics::DecodeDelta(second.delta());
  if (!delta) return true;  // for Results to find
  constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;
  const auto first = std::chrono::seconds(std::min(delta->first_interval, kMostSeconds));
  const auto end = std::chrono::seconds(std::min(delta->interval, kMostSeconds) + 1);
  if (end <= window.from || first >= window.to) return false;
  if (first >= window.from && end <= window.to) return true;
  return std::nullopt;
}

/// The plan with other thresholds, if there are any.
Result<v1::Planned> WithThresholds(v1::Planned planned, const Window& window) {
  if (window.thresholds.empty()) return planned;
  LOADCTL_TRY(plan::Options options, plan::OptionsFromJson(planned.options_json()));
  options.thresholds.clear();
  options.no_thresholds = false;
  for (const std::string& text : window.thresholds) {
    LOADCTL_TRY(plan::MetricThresholds one, ParseThreshold(text));
    const auto same = std::find_if(options.thresholds.begin(), options.thresholds.end(),
                                   [&](const auto& other) { return other.metric == one.metric; });
    if (same == options.thresholds.end()) {
      options.thresholds.push_back(std::move(one));
    } else {
      same->thresholds.push_back(one.thresholds.front());
    }
  }
  planned.set_options_json(plan::OptionsToJson(options));
  return planned;
}

Result<Recorded> ReadRecord(const std::string& path, const Window& window) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail("cannot read '" + path + "': " + std::strerror(errno));
  auto reader = record::Reader::Make(file);
  if (!reader) return tl::unexpected(reader.error().While("'" + path + "'"));
  auto event = reader->Next();
  if (!event || !event->has_planned()) {
    return Fail("'" + path + "' has no run in it" +
                (reader->problem().empty() ? "" : ": " + reader->problem()));
  }
  const v1::Planned as_run = event->planned();
  LOADCTL_TRY(const v1::Planned planned, WithThresholds(as_run, window));
  LOADCTL_TRY(auto results, controller::Results::Make(planned));
  LOADCTL_TRY(const auto of_run, controller::Results::Make(as_run));
  for (const std::string& name : results.submetrics()) {
    const auto& kept = of_run.submetrics();
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) {
      return Fail(ErrorCode::kInvalidConfig,
                  "the run kept no sub-metric " + name +
                      ": only those that its own thresholds name are measured");
    }
  }
  Recorded out{std::move(results), std::nullopt, "", 0};
  while ((event = reader->Next())) {
    if (event->has_second()) {
      const auto inside = IsInside(event->second(), window);
      if (!inside) ++out.across;
      if (!inside.value_or(false)) continue;
    }
    if (event->has_outcome()) {
      out.outcome = std::move(*event->mutable_outcome());
    } else {
      out.results.On(*event);
    }
  }
  out.problem = reader->problem();
  if (!out.outcome && out.problem.empty()) out.problem = "it is cut";
  return out;
}

/// What both commands begin with.
struct Asked {
  plan::CommandLine line;
  plan::RuntimeOptions runtime;
  Window window;
};

Result<Asked> ReadArguments(std::vector<std::string> arguments, bool judge) {
  Asked asked;
  if (judge) {
    LOADCTL_TRY(asked.window, TakeWindow(arguments));
  }
  LOADCTL_TRY(asked.line, plan::ParseRunCommandLine(arguments));
  LOADCTL_CHECK_OK(CheckFlags(asked.line));
  LOADCTL_TRY(asked.runtime, plan::ResolveRuntimeOptions(asked.line, {}));
  asked.runtime.quiet = true;  // nothing but the summary
  return asked;
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

ResultFile ExportOf(const Asked& asked) {
  return ResultFile(asked.runtime.summary_export, [](const v1::Outcome& outcome) {
    return std::optional(summary::SummaryExportJson(outcome.summary()));
  });
}

/// Shows the outcome and writes the files; the exit status.
int ShowRecorded(const Asked& asked, Screen& screen, const v1::Outcome& outcome) {
  // What handleSummary() wrote to other files the run has written.
  v1::Outcome shown = outcome;
  shown.clear_files();
  for (const auto& file : outcome.files())
    if (file.path() == "stdout" || file.path() == "stderr") *shown.add_files() = file;
  screen.On(EventOf(std::move(shown)));
  ResultFile summary_export = ExportOf(asked);
  ResultFile verdict(asked.line.verdict_file, [&](const v1::Outcome& of) {
    auto why = wire::ErrorOf(of);
    if (!why) why = JudgeFailOn(asked.line.fail_on, of, {});
    return std::optional(VerdictJson(why, &of, {}));
  });
  const auto event = EventOf(outcome);
  if (outcome.has_summary()) summary_export.On(event);
  verdict.On(event);
  int status = 0;
  for (const auto* file : {&summary_export, &verdict}) {
    if (file->problem().empty()) continue;
    screen.logger().Error(file->problem());
    status = ExitStatus(ErrorCode::kGeneric);
  }
  return status;
}

int ReportOf(const Asked& asked, Screen& screen) {
  auto recorded = ReadRecord(asked.line.script, {});
  if (!recorded) return LogError(screen.logger(), recorded.error());
  if (recorded->outcome) return ShowRecorded(asked, screen, *recorded->outcome);
  screen.logger().Warn("the record ends before the run did: " + recorded->problem);
  v1::RunEvent cut;
  cut.mutable_cause()->set_kind(v1::EndCause::FAILED);
  *cut.mutable_cause()->mutable_error() =
      wire::ToProto(Error{ErrorCode::kAgentLost, "the record ends before the run did"});
  recorded->results.On(cut);
  return ShowRecorded(asked, screen, recorded->results.Conclude());
}

int JudgeOf(const Asked& asked, Screen& screen) {
  auto recorded = ReadRecord(asked.line.script, asked.window);
  if (!recorded) return LogError(screen.logger(), recorded.error());
  auto& logger = screen.logger();
  if (!recorded->outcome) logger.Warn("the record ends before the run did: " + recorded->problem);
  if (recorded->across > 0) {
    logger.Warn(std::to_string(recorded->across) +
                " seconds that were measured in one lie across an end of the window and are left "
                "out");
  }
  const v1::Outcome outcome = recorded->results.ConcludeWindow(asked.window.from, asked.window.to);
  screen.On(EventOf(outcome));
  ResultFile summary_export = ExportOf(asked);
  summary_export.On(EventOf(outcome));
  if (!summary_export.problem().empty()) {
    logger.Error(summary_export.problem());
    return ExitStatus(ErrorCode::kGeneric);
  }
  const auto error = wire::ErrorOf(outcome);
  return error ? LogError(logger, *error) : 0;
}

int RunCommand(std::span<const std::string> arguments, const char* help,
               int (*work)(const Asked&, Screen&)) {
  if (WantsHelp(arguments)) {
    std::fputs(help, stdout);
    return 0;
  }
  const auto asked = ReadArguments({arguments.begin(), arguments.end()}, work == JudgeOf);
  if (!asked) return EarlyError(asked.error());
  const auto screen = Screen::Open(asked->runtime, 1);
  if (!screen) return EarlyError(screen.error());
  return work(*asked, **screen);
}

}  // namespace

int Report(std::span<const std::string> arguments) {
  return RunCommand(arguments, kReportHelp, ReportOf);
}

int Judge(std::span<const std::string> arguments) {
  return RunCommand(arguments, kJudgeHelp, JudgeOf);
}

}  // namespace loadctl::cli
