#include "controller/cli/run_output.h"

#include <chrono>
#include <initializer_list>
#include <utility>

#include "common/wire/codes.h"
#include "controller/cli/load.h"
#include "controller/cli/verdict.h"
#include "controller/summary/json.h"

namespace loadctl::cli {

RunOutput::RunOutput(const plan::CommandLine& line, const plan::RuntimeOptions& runtime,
                     std::vector<report::Request> reports, Screen& screen)
    : line_(line),
      screen_(screen),
      outputs_(screen),
      files_(line, told_),
      to_screen_(screen),
      export_(runtime.summary_export,
              [this, &runtime](const v1::Outcome& outcome) -> std::optional<std::string> {
                if (!outcome.has_summary()) return std::nullopt;
                if (!runtime.machine_readable) return summary::SummaryExportJson(outcome.summary());
                const bool full = runtime.summary_mode == plan::SummaryMode::kFull;
                return summary::MachineReadableJson(
                    outcome.summary(), full ? summary::Detail::kFull : summary::Detail::kCompact,
                    summary::FactsNow(script_text_, LOADCTL_VERSION), 4);
              }),
      reports_(
          std::move(reports),
          [this](const v1::Outcome& outcome) {
            return report::Subject{outcome, WhyNotZero(outcome), line_.script, Verdict(outcome)};
          },
          [this] { return dashboard_->Report(); }, screen),
      verdict_(line.verdict_file, [this](const v1::Outcome& outcome) { return Verdict(outcome); }) {
  events_.Add(outputs_);
  events_.Add(after_outputs_);
  // In this order: the verdict tells of what could not be written before.
  for (events::Subscriber* one : std::initializer_list<events::Subscriber*>{
           &view_, &to_screen_, &export_, &reports_, &verdict_})
    told_.Add(*one);
}

void RunOutput::AfterOutputs::On(const v1::RunEvent& event) {
  if (event.has_exchange()) return owner_.files_.Add(event.exchange());
  if (!event.has_outcome()) return owner_.told_.Forward(event);
  v1::RunEvent outcome = event;
  owner_.outputs_.PutInto(*outcome.mutable_outcome());
  owner_.told_.Forward(outcome);
}

Result<void> RunOutput::OpenDashboard(const DashboardSettings& settings) {
  dashboard_.reset();
  dashboard_ = std::make_unique<Dashboard>(events_, settings.period);
  exported_ = settings.report;
  LOADCTL_CHECK_OK(files_.OpenRecord(settings.record));
  Dashboard::Around around{line_.history, line_.web_control, controls_, screen_.logger()};
  return dashboard_->Open(settings, around);
}

Result<void> RunOutput::Begin() {
  if (reports_.WantHtml()) dashboard_ = std::make_unique<Dashboard>(events_);
  LOADCTL_CHECK_OK(files_.Begin());
  if (auto good = verdict_.Begin(RunningVerdictJson()); !good)
    return tl::unexpected(good.error().While("failed to save the verdict"));
  if (auto good = export_.Begin(); !good)
    return tl::unexpected(good.error().While("failed to save the summary export"));
  return {};
}

v1::Outcome RunOutput::Tell(const Error& error, const std::optional<std::string>& hint) {
  v1::RunEvent event;
  *event.mutable_outcome()->mutable_error() = wire::ToProto(error);
  if (hint) event.mutable_outcome()->set_hint(*hint);
  events_.Publish(event, std::chrono::nanoseconds(0));
  return event.outcome();
}

std::string RunOutput::Verdict(const v1::Outcome& outcome) const {
  return VerdictJson(WhyNotZero(outcome), &outcome);
}

// Why the exit status is not 0, if it is not.
std::optional<Error> RunOutput::WhyNotZero(const v1::Outcome& outcome) const {
  if (auto error = wire::ErrorOf(outcome)) return error;
  if (auto failed = JudgeFailOn(line_.fail_on, outcome)) return failed;
  const bool written = export_.problem().empty() && reports_.written() && files_.written();
  if (screen_.files_written() && written) return std::nullopt;
  return Error{ErrorCode::kGeneric, "a file could not be written"};
}

int RunOutput::Conclude(v1::Outcome outcome) {
  outputs_.PutInto(outcome);
  auto& logger = screen_.logger();
  if (!exported_.empty()) {
    const std::string problem = WriteFile(exported_, dashboard_->Report());
    if (!problem.empty()) logger.Error("failed to save the web dashboard's report: " + problem);
  }
  if (!export_.problem().empty())
    logger.Error("failed to save the summary export: " + export_.problem());
  files_.Say(logger);
  const auto error = wire::ErrorOf(outcome);
  const auto failed = error ? std::nullopt : JudgeFailOn(line_.fail_on, outcome);
  if (error) {
    LogError(logger, *error, outcome.has_hint() ? std::optional(outcome.hint()) : std::nullopt);
  } else if (failed) {
    LogError(logger, *failed);
  } else if (const std::string text = AllThrew(outcome); !text.empty()) {
    logger.Warn(text);
  }
  const auto why = WhyNotZero(outcome);
  const int status = why ? wire::ExitStatusOf(*why, &outcome) : 0;
  if (verdict_.problem().empty()) return status;
  logger.Error("failed to save the verdict: " + verdict_.problem());
  return status != 0 ? status : ExitStatus(ErrorCode::kGeneric);
}

}  // namespace loadctl::cli
