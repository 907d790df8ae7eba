// Where a run's events go at a command line: screen, REST API, outputs, record, files of results;
// and what the program says and returns at the end. The same for a run here and for one on a
// controller. Not for running it (run.cc). Main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "controller/cli/dashboard.h"
#include "controller/cli/outputs.h"
#include "controller/cli/reports.h"
#include "controller/cli/result_files.h"
#include "controller/cli/run_files.h"
#include "controller/cli/screen.h"
#include "controller/events/publisher.h"
#include "controller/events/queue.h"
#include "controller/plan/plan.h"
#include "controller/rest/controls.h"
#include "controller/rest/view.h"

namespace loadctl::cli {

class RunOutput final {
 public:
  /// All must outlive this.
  RunOutput(const plan::CommandLine& line, const plan::RuntimeOptions& runtime,
            std::vector<report::Request> reports, Screen& screen);
  RunOutput(const RunOutput&) = delete;
  RunOutput& operator=(const RunOutput&) = delete;

  /// Before the first event: what cannot be written is found before the load, not after it. Fails
  /// (kGeneric) naming the file.
  Result<void> Begin();

  /// Gets the run's events, or forwards those of another program's run.
  [[nodiscard]] events::Publisher& events() { return events_; }
  [[nodiscard]] const rest::View& view() const { return view_; }
  [[nodiscard]] RunOutputs& outputs() { return outputs_; }
  /// By which the page reaches the run.
  [[nodiscard]] rest::Controls& controls() { return controls_; }

  /// The run's page; before the first event. Fails as Dashboard::Open() does.
  Result<void> OpenDashboard(const DashboardSettings& settings);
  [[nodiscard]] std::string dashboard_url() const { return dashboard_ ? dashboard_->url() : ""; }
  /// --har; before the first event. Fails (kGeneric) if the file cannot be written. Empty: nothing.
  Result<void> OpenHar(const std::string& path) { return files_.OpenHar(path); }
  /// Whether something is told of scenarios, groups and failed requests by themselves.
  [[nodiscard]] bool WantParts() const { return dashboard_ || files_.WantParts(); }

  /// The script's text, for files that tell it.
  void SetScriptText(std::string text) { script_text_ = std::move(text); }

  /// What the subscribers get of a run that was none.
  v1::Outcome Tell(const Error& error, const std::optional<std::string>& hint = std::nullopt);

  /// Logs what is to be said at the end; the exit status.
  int Conclude(v1::Outcome outcome);

 private:
  /// Passes events on to those who are told after the outputs: the outcome with what became of
  /// the samples at these.
  class AfterOutputs final : public events::Subscriber {
   public:
    explicit AfterOutputs(RunOutput& owner) : owner_(owner) {}
    void On(const v1::RunEvent& event) override;

   private:
    RunOutput& owner_;
  };

  [[nodiscard]] std::optional<Error> WhyNotZero(const v1::Outcome& outcome) const;
  [[nodiscard]] std::string Verdict(const v1::Outcome& outcome) const;

  const plan::CommandLine& line_;
  Screen& screen_;
  std::string script_text_;
  events::Publisher events_;
  RunOutputs outputs_;
  AfterOutputs after_outputs_{*this};
  events::Publisher told_;  ///< after the outputs
  RunFiles files_;
  rest::View view_;
  rest::Controls controls_;
  events::Queue to_screen_;
  std::unique_ptr<Dashboard> dashboard_;  // null: no page and no HTML report
  std::string exported_;                  // the page's report; empty: none
  ResultFile export_;
  Reports reports_;
  ResultFile verdict_;
};

}  // namespace loadctl::cli
