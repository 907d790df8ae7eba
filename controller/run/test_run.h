// One test run, from attached agents to the summary: the steps of docs/architecture.md, in order.
// Not for how agents are started (fleet), nor for what is printed (cli). The main thread, blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/pause_clock.h"
#include "common/metrics/registry.h"
#include "controller/aggregate/aggregate.h"
#include "controller/bundle/inspection.h"
#include "controller/fleet/fleet.h"
#include "controller/plan/plan.h"
#include "controller/rest/command.h"
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
  std::function<void(const std::string&)> say;           ///< a line that is no log; not for --quiet
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

  /// Does what was asked for through the REST API, and replies: at once, or when all agents have
  /// done it. On the run's thread while Execute() goes on: as a kCall event of its fleet. kRun is
  /// not for the run.
  using Reply = std::function<void(rest::Response)>;
  void Answer(const rest::Command& command, Reply reply);

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
  void Hold();
  void Begin();
  void Setup();
  void RunScenarios();
  void Teardown();
  void Flush();
  void Linger();
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
  void SendCall(v1::Call::Function function, const std::optional<std::string>& argument,
                std::chrono::nanoseconds timeout);
  void SendStarts();
  void AwaitScenarios();

  // ---- control.cc: what a user asks of the running test

  /// An externally-controlled scenario, as it is wanted now.
  struct External {
    std::string name;
    std::int64_t start_max = 0, vus = 0, max = 0;
    bool changed = false;  // before the start
  };
  /// Agents that have yet to say that they have done something, and what is to be done then.
  struct Order {
    std::set<int> waiting;
    std::function<void()> then;
  };
  using Continue = std::function<void()>;
  void ChangeStatus(const rest::StatusChange& change, const Reply& reply);
  void ChangePaused(bool paused, const Reply& reply, const Continue& then);
  void ScaleExternal(const rest::StatusChange& change, const Reply& reply, const Continue& then);
  [[nodiscard]] std::optional<std::string> WhyNotGrow(std::int64_t max) const;
  std::uint64_t NewOrder(Continue then);
  void SendScale(Continue then);
  void OnControlled(int number, std::uint64_t serial);
  void ForgetOrders(int number);
  void CallForApi(v1::Call::Function function, const Reply& reply);
  void OnApiCallDone(const v1::CallDone* done);
  [[nodiscard]] rest::Status MakeStatus() const;
  [[nodiscard]] summary::Summary MakeApiSummary() const;
  /// The steady clock without the time that the test was paused.
  [[nodiscard]] Clock::time_point OwnNow() const { return clock_->Own(Clock::now()); }

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
  std::unique_ptr<PauseClock> clock_ = std::make_unique<PauseClock>();
  std::optional<Clock::time_point> begun_;    ///< the run's clock; own time, as the next two
  std::optional<Clock::time_point> started_;  ///< scenarios
  std::optional<Clock::time_point> ended_;
  bool held_ = false;  ///< the next phase waits until it is told to go on
  bool starts_sent_ = false;
  bool lingering_ = false;
  bool judged_ = false;
  std::optional<External> external_;
  std::map<std::uint64_t, Order> orders_;
  std::uint64_t last_serial_ = 0;
  Clock::time_point last_order_{};
  Reply api_call_;  ///< of setup() or teardown() that goes on through the API
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
