// Judges the run's thresholds on merged metrics, while it runs and at its end.
// Not for when to ask (the run asks every two seconds) nor for showing verdicts (summary).
// Run thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/delta.h"
#include "common/metrics/registry.h"
#include "common/metrics/submetric.h"
#include "common/plan/options.h"
#include "controller/aggregate/totals.h"
#include "controller/threshold/expression.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::threshold {

/// How often k6 judges while the test runs.
inline constexpr std::chrono::seconds kPeriod{2};

/// One threshold and how it stood when it was last judged: `value` is 0 while there was nothing to
/// judge. `judged` is the summary's to say.
using Verdict = v1::ThresholdResult;

/// The verdicts of one metric or sub-metric.
struct MetricVerdicts {
  metrics::Selector selector;
  metrics::MetricType type = metrics::MetricType::kCounter;
  metrics::ValueType contains = metrics::ValueType::kDefault;
  std::vector<Verdict> verdicts;  ///< in the script's order; may be empty (`"m": []`)
};

/// What one evaluation found.
struct Outcome {
  std::vector<std::string> crossed;  ///< names of metrics with a failed threshold, sorted
  bool abort = false;                ///< one of these has abortOnFail and its delay is over
  /// The greatest of those of the failed ones, so that they may say how bad it is; 0: none failed.
  std::uint32_t exit_code = 0;
};

/// `thresholds on metrics 'a, b' have been crossed`, for the end of the run (exit 99).
[[nodiscard]] std::string CrossedMessage(const std::vector<std::string>& crossed);
/// `thresholds on metrics 'a, b' were crossed; at least one has abortOnFail enabled, stopping test
/// prematurely`, for stopping it (exit 99).
[[nodiscard]] std::string AbortMessage(const std::vector<std::string>& crossed);

class Evaluator {
 public:
  /// Parses all expressions and checks them against the declared metrics.
  ///
  /// Fails (kInvalidConfig, exit 104) with k6's texts, for the first broken one in the order given.
  [[nodiscard]] static Result<Evaluator> Make(const std::vector<plan::MetricThresholds>& thresholds,
                                              const metrics::MetricSet& declared);

  /// A second of the whole run, before it is judged: for thresholds of a part of the time.
  void Take(const metrics::Delta& second);

  /// For the running test: metrics without samples are skipped and keep their verdicts.
  ///
  /// `elapsed` is the time since the run began, setup included, pauses not: the denominator of
  /// counters' `rate`, and what delayAbortEval is compared with.
  Outcome Judge(const aggregate::Totals& totals, std::chrono::nanoseconds elapsed);
  /// For the end, on all samples: nothing is skipped. An empty counter, gauge or trend has value 0,
  /// an empty rate passes.
  Outcome JudgeFinally(const aggregate::Totals& totals, std::chrono::nanoseconds elapsed);

  /// In the order given to Make(); as of the last evaluation.
  [[nodiscard]] const std::vector<MetricVerdicts>& verdicts() const { return verdicts_; }
  [[nodiscard]] bool empty() const { return verdicts_.empty(); }
  /// The selectors an agent must keep series for.
  [[nodiscard]] std::vector<metrics::Selector> Selectors() const;

 private:
  /// What a threshold that is not of the whole run keeps of its metric.
  struct Part {
    std::optional<metrics::Sink> after;                          // the warm-up
    std::deque<std::pair<std::int64_t, metrics::Sink>> seconds;  // of the window, by interval
    std::optional<double> crossed;  // the value of the last window in which it was
  };
  struct Rule {
    Expression expression;
    bool abort_on_fail = false;
    std::chrono::nanoseconds delay{0};
    std::chrono::nanoseconds window{0}, warmup{0};  // 0: none
    std::int64_t min_samples = 0;
    Part part = {};
    [[nodiscard]] bool of_part() const { return window.count() > 0 || warmup.count() > 0; }
  };
  enum class Empty { kSkip, kJudge };

  Evaluator() = default;
  void Append(MetricVerdicts metric, std::vector<Rule> rules);
  static void TakeInto(const metrics::SeriesDelta& one, const metrics::Delta& second, Rule& rule);
  static void EndWindow(std::int64_t interval, metrics::MetricType type, Rule& rule);
  [[nodiscard]] static metrics::Sink WindowOf(const Rule& rule, metrics::MetricType type);
  /// Whether it is crossed.
  static bool JudgeOne(Rule& rule, const metrics::Sink& whole, std::chrono::nanoseconds elapsed,
                       Empty empty, Verdict& verdict);
  Outcome Run(const aggregate::Totals& totals, std::chrono::nanoseconds elapsed, Empty empty);

  std::vector<MetricVerdicts> verdicts_;
  std::vector<std::vector<Rule>> rules_;  // by metric and verdict
};

}  // namespace loadctl::threshold
