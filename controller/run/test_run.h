// One test run, from attached agents to the summary: the steps of docs/architecture.md, in order.
// Not for how agents are started (fleet), nor for what is printed (cli). The main thread, blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "controller/aggregate/aggregate.h"
#include "controller/bundle/inspection.h"
#include "controller/fleet/fleet.h"
#include "controller/plan/plan.h"
#include "controller/summary/json.h"
#include "controller/summary/summary.h"
#include "controller/terminal/console_limiter.h"
#include "controller/terminal/progress.h"
#include "controller/threshold/evaluator.h"

namespace loadctl::controller {

/// What is to be run.
struct RunInputs {
  const plan::Plan& plan;
  const Inspection& inspection;
  int agents = 1;
  std::uint32_t workers = 0;          ///< per agent; 0 = all cores
  std::uint32_t vus_per_isolate = 0;  ///< 0 = auto
  std::uint64_t max_heap = 0;         ///< bytes of an isolate; 0 = default
  summary::DisplayState display;
};

/// What a run tells while it goes on. Called on the run's thread.
struct RunHooks {
  std::function<void(terminal::LogLevel, const std::string&, const terminal::LogFields&)> log;
  std::function<void(const terminal::AgentLine&)> console;
  std::function<void(const terminal::ProgressState&)> progress;
  std::function<void(const aggregate::Totals&)> totals;  ///< every second or two, and at the end
};

/// How it went.
struct RunResult {
  /// Why the run ended otherwise than by plan; the first cause by docs/exit-codes.md's order.
  std::optional<Error> error;
  std::optional<std::string> hint;          ///< for the log line of `error`
  std::optional<summary::Summary> summary;  ///< absent if no VU was ever ready
  /// handleSummary()'s files; absent: the built-in summary is to be shown.
  std::optional<std::vector<std::pair<std::string, std::string>>> files;
  terminal::ProgressState progress;  ///< the last state
};

class TestRun final {
 public:
  /// Checks thresholds against the script's metrics; fails (kInvalidConfig) with k6's texts.
  static Result<TestRun> Make(const RunInputs& inputs, RunHooks hooks);

  /// Runs it on the fleet's agents.
  RunResult Execute(fleet::Fleet& fleet);

 private:
  using Clock = std::chrono::steady_clock;
  enum class AgentState { kExpected, kAttached, kReady, kRunning, kRan, kFlushed, kLost };
  struct Agent {
    AgentState state = AgentState::kExpected;
    bool prepared = false;
    v1::Progress progress;
    std::optional<v1::RunDone> run_done;
    std::uint64_t deltas_sent = 0;
    metrics::TrendSink start_lag;  ///< of its deltas merged so far
    v1::Health health;
  };
  enum class Step { kGoOn, kStopped };

  TestRun(const RunInputs& inputs, RunHooks hooks, threshold::Evaluator evaluator,
          std::vector<std::string> submetrics);

  void Attach();
  void Prepare();
  void Begin();
  void Setup();
  void RunScenarios();
  void Teardown();
  void Flush();
  void Judge();
  void Summarize(RunResult& result);
  void WarnOfGenerator(const std::vector<summary::LedgerEntry>& ledger) const;
  void HandleSummary(RunResult& result);

  /// Takes events until `done` holds, or the run is stopped (unless `anyway`), or `deadline`.
  Step Wait(const std::function<bool()>& done, Clock::time_point deadline, bool anyway = false);
  void OnEvent(fleet::Event& event);
  void OnMessage(int number, v1::FromAgent& message);
  void OnDelta(int number, const std::string& bytes);
  void OnLost(int number, const std::string& reason);
  void OnLogs(int number, const v1::LogLines& logs);
  void Tick(Clock::time_point now);
  void SendPrepare(int number);
  void SendBundle(int number);
  void SendToLive(const v1::ToAgent& message);
  std::optional<v1::CallDone> Call(v1::Call::Function function,
                                   const std::optional<std::string>& argument,
                                   std::chrono::nanoseconds timeout);

  /// Stops the run; the first reason is the one that counts.
  void StopFor(Error error, std::optional<std::string> hint = std::nullopt);
  void Fail(Error error, std::optional<std::string> hint = std::nullopt);
  [[nodiscard]] bool All(AgentState at_least) const;
  [[nodiscard]] int FirstLive() const;
  [[nodiscard]] bool HasFunction(const std::string& name) const;
  [[nodiscard]] std::chrono::nanoseconds Elapsed() const;
  [[nodiscard]] terminal::ProgressState MakeProgress() const;
  [[nodiscard]] terminal::ScenarioProgress MakeScenarioProgress(const plan::Scenario& scenario,
                                                                Clock::time_point now) const;
  [[nodiscard]] std::vector<summary::LedgerEntry> MakeLedger() const;
  void JudgeGenerator(const std::vector<summary::LedgerEntry>& ledger) const;
  void Log(terminal::LogLevel level, const std::string& message,
           const terminal::LogFields& fields = {}) const;

  const RunInputs& inputs_;
  RunHooks hooks_;
  threshold::Evaluator evaluator_;
  std::vector<std::string> submetrics_;
  std::string packed_;
  std::string bundle_hash_;
  aggregate::Aggregate aggregate_;
  std::vector<Agent> agents_;
  fleet::Fleet* fleet_ = nullptr;

  std::optional<Error> stop_;     ///< why it was stopped early
  std::optional<Error> failure_;  ///< what else went wrong, first first
  std::optional<std::string> hint_;
  bool stop_sent_ = false;
  std::optional<std::string> marked_failed_;
  std::vector<summary::LostAgent> lost_;
  terminal::Phase phase_ = terminal::Phase::kStarting;
  std::optional<Clock::time_point> begun_;    ///< the run's clock
  std::optional<Clock::time_point> started_;  ///< scenarios
  std::optional<Clock::time_point> ended_;
  std::optional<std::string> setup_json_;
  bool setup_failed_ = false;
  bool scenarios_done_ = false;
  std::optional<v1::CallDone> call_done_;
  int call_agent_ = 0;
  v1::Call::Function call_function_ = v1::Call::SETUP;
  Clock::time_point next_judgement_{};
  Clock::time_point next_progress_{};
};

}  // namespace loadctl::controller
