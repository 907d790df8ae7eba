// What a run comes to, from its events alone: totals, thresholds, ledger, summary, outcome.
// Pure: no clock, no agents, nothing of this process; the same events always give the same results.
// Not for what happens in a run (run.h). One thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "controller/aggregate/totals.h"
#include "controller/events/subscriber.h"
#include "controller/summary/build.h"
#include "controller/summary/summary.h"
#include "controller/threshold/evaluator.h"

namespace loadctl::controller {

class Results final : public events::Subscriber {
 public:
  /// Fails (kInvalidConfig) with k6's texts where a threshold is on no metric of the script, and
  /// naming the field where the options are no plan.
  static Result<Results> Make(const v1::Planned& planned);

  /// Takes an event; those of another run, or out of order, are the caller's mistake.
  void On(const v1::RunEvent& event) override;

  /// Of all seconds taken.
  [[nodiscard]] const aggregate::Totals& totals() const { return totals_; }
  /// The sub-metrics that agents keep besides the script's metrics.
  [[nodiscard]] const std::vector<std::string>& submetrics() const { return submetrics_; }
  /// Why the run is cut short, if it is.
  [[nodiscard]] const std::optional<Error>& stopped() const { return stopped_; }
  /// What else went wrong, if something did.
  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
  /// By exec.test.fail().
  [[nodiscard]] bool marked_failed() const { return marked_failed_; }
  [[nodiscard]] const std::optional<std::string>& setup_data() const { return setup_data_; }
  /// Whether a cause is worth telling: none before it was, or it outweighs that.
  [[nodiscard]] bool Outweighs(const v1::EndCause& cause) const;

  /// How the thresholds stand `elapsed` after the run began, as k6 judges while a test runs.
  [[nodiscard]] v1::ThresholdState Judge(std::chrono::nanoseconds elapsed);
  /// The last state that was told; nullopt before there was one.
  [[nodiscard]] const std::optional<v1::ThresholdState>& thresholds() const { return thresholds_; }

  /// What the REST API shows while the test runs: trends as avg, max, med, min, p(90) and p(95).
  [[nodiscard]] summary::Summary Snapshot(std::chrono::nanoseconds elapsed) const;

  /// The outcome but for handleSummary()'s files and the progress: after the last second and every
  /// agent's ledger entry. What is missing makes the run incomplete.
  [[nodiscard]] v1::Outcome Conclude();
  /// The same of a part of the run, from and to so long after its beginning, of which alone the
  /// seconds were taken: judged by itself, without a ledger.
  [[nodiscard]] v1::Outcome ConcludeWindow(std::chrono::nanoseconds from,
                                           std::chrono::nanoseconds to);
  /// Why it was cut short or what went wrong, and the hint, if anything was told of that.
  void PutCause(v1::Outcome& outcome) const;

 private:
  Results(threshold::Evaluator evaluator, metrics::MetricSet known,
          std::vector<std::string> submetrics, summary::BuildOptions build, std::uint32_t agents);
  void TakeSecond(const std::string& bytes);
  void TakeAgent(const v1::AgentEvent& agent, std::int64_t at_ns);
  void TakeCause(const v1::EndCause& cause);
  [[nodiscard]] std::optional<Error> WhyIncomplete() const;
  void PutSummary(bool whole, summary::Summary& to);

  threshold::Evaluator evaluator_;
  metrics::MetricSet known_;
  std::vector<std::string> submetrics_;
  summary::BuildOptions build_;
  aggregate::Totals totals_;
  std::vector<summary::LedgerEntry> ledger_;  // of agents 1..N
  std::vector<summary::LostAgent> lost_;
  std::optional<v1::ThresholdState> thresholds_;
  /// Of the thresholds that stopped the run, and of those crossed at its end; 0: none.
  std::uint32_t threshold_exit_code_ = 0;
  std::optional<std::string> setup_data_;
  std::optional<Error> stopped_, failed_;
  std::optional<std::string> hint_;
  bool marked_failed_ = false;
  bool seconds_missed_ = false;
  std::uint64_t samples_ = 0;  // taken of the busiest series, at most
};

}  // namespace loadctl::controller
