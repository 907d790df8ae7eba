// One test run, from attached agents to its outcome: the steps of docs/architecture.md, in order.
// What happens it tells as events (proto/loadctl/v1/report.proto), and in no other way.
// Not for how agents are started (fleet), what figures come to (results), nor what is shown (cli).
// The main thread, blocking.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "controller/events/publisher.h"
#include "controller/fleet/fleet.h"
#include "controller/rest/command.h"
#include "controller/results/results.h"
#include "controller/run/agents.h"
#include "controller/run/inputs.h"
#include "controller/run/progress.h"
#include "controller/run/run_clock.h"
#include "controller/run/steering.h"
#include "controller/terminal/log.h"

namespace loadctl::controller {

/// Why a signal aborts a run, as k6 says it. `signal` is "interrupt" or "terminated".
std::string ReceivedSignal(const std::string& signal);

class Run final {
 public:
  /// Checks thresholds against the script's metrics; fails (kInvalidConfig) with k6's texts. Both
  /// must outlive the run.
  static Result<std::unique_ptr<Run>> Make(const RunInputs& inputs, events::Publisher& events);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Runs it on the fleet's agents. The outcome is the last event, too.
  v1::Outcome Execute(fleet::Fleet& fleet);

  /// Nothing: done, and what the run shows of itself is the answer.
  using Reply = std::function<void(std::optional<rest::Response>)>;
  /// Does what was asked for through the REST API, and replies: at once, or when all agents have
  /// done it. On the run's thread while Execute() goes on: as a kCall event of its fleet. What only
  /// looks is not for the run (rest::View).
  void Do(const rest::Command& command, Reply reply);
  /// What a debugger says to the script, or that it has come or gone. In the same way.
  void ToDebugged(const v1::Debugger& message) {
    if (agents_) agents_->ToDebugged(message);
  }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Step { kGoOn, kStopped };
  /// Brings answers of other threads to the run's, as long as it takes any.
  class Answers {
   public:
    void Push(std::function<void()> answer) {
      const std::lock_guard lock(mutex_);
      if (fleet_ == nullptr) return;
      fleet_->Push({fleet::Event::Kind::kCall, 0, {}, "", std::move(answer)});
    }
    /// nullptr: no longer.
    void Bring(fleet::Fleet* fleet) {
      const std::lock_guard lock(mutex_);
      fleet_ = fleet;
    }

   private:
    std::mutex mutex_;
    fleet::Fleet* fleet_ = nullptr;
  };
  /// Of setup(), teardown() or handleSummary() on an agent.
  struct PendingCall {
    int agent = 0;
    v1::Call::Function function = v1::Call::SETUP;
    std::optional<v1::CallDone> done;
    Reply reply;  ///< where the REST API asked for it
  };

  Run(const RunInputs& inputs, events::Publisher& events, Results results);

  v1::Outcome Guarded(fleet::Fleet& fleet);
  v1::Outcome Steps(fleet::Fleet& fleet);
  void Attach();
  void Prepare();
  void Hold();
  void Begin();
  bool Setup();
  void RunScenarios();
  void SendStarts();
  void AwaitScenarios();
  void Teardown();
  void Flush();
  void Linger();
  void Conclude(v1::Outcome& outcome);
  [[nodiscard]] std::string SummaryArgument(const summary::Summary& shown) const;
  void HandleSummary(v1::Outcome& outcome);

  /// Takes events until `done` holds, or the run is stopped (unless `anyway`), or `deadline`.
  Step Wait(const std::function<bool()>& done, Clock::time_point deadline, bool anyway = false);
  void OnEvent(fleet::Event& event);
  void OnMessage(int agent, v1::FromAgent& message);
  void OnLost(int agent, const std::string& reason);
  void GiveSecret(int agent, const v1::SecretWanted& wanted);
  void OnLogs(int agent, const v1::LogLines& logs);
  void Tick(Clock::time_point now);
  void Judge();
  std::optional<v1::CallDone> Call(v1::Call::Function function,
                                   const std::optional<std::string>& argument,
                                   std::chrono::nanoseconds timeout);
  void SendCall(v1::Call::Function function, const std::optional<std::string>& argument,
                std::chrono::nanoseconds timeout);

  // ---- control.cc
  void ChangeStatus(const rest::StatusChange& change, const Reply& reply);
  void ChangePaused(bool paused, const Reply& reply, const Steering::Then& then);
  void Scale(const rest::StatusChange& change, const Reply& reply, const Steering::Then& then);
  void CallForApi(v1::Call::Function function, const Reply& reply);
  void OnApiCallDone(const v1::CallDone* done);

  /// Stops the run; the first reason is the one that counts.
  void StopFor(const Error& error, const std::optional<std::string>& hint = std::nullopt);
  void Fail(const Error& error, const std::optional<std::string>& hint);
  void TellCause(v1::EndCause::Kind kind, const Error& error,
                 const std::optional<std::string>& hint);

  void Enter(v1::RunProgress::Phase phase);
  void TellPhase();
  void TellProgress();
  void TellSetupData(const std::optional<std::string>& json);
  void Tell(v1::RunEvent event) { events_.Publish(std::move(event), clock_.Elapsed()); }
  void Log(terminal::LogLevel level, const std::string& message,
           const terminal::LogFields& fields = {});
  [[nodiscard]] bool stopped() const { return results_.stopped().has_value(); }
  [[nodiscard]] bool HasFunction(const std::string& name) const;

  const RunInputs& inputs_;
  events::Publisher& events_;
  Results results_;
  RunClock clock_;
  fleet::Fleet* fleet_ = nullptr;
  std::unique_ptr<Agents> agents_;
  std::unique_ptr<Steering> steering_;
  Stage stage_;
  const std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  std::optional<std::string> setup_json_;  ///< as the script needs it; what is told is redacted
  bool held_ = false;                      ///< the next phase waits until it is told to go on
  bool lingering_ = false;
  bool stop_sent_ = false;
  PendingCall call_;
  Clock::time_point next_judgement_{};
  Clock::time_point next_progress_{};
};

}  // namespace loadctl::controller
