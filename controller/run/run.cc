#include "controller/run/run.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "common/base/time.h"
#include "common/metrics/delta.h"
#include "common/secrets/messages.h"
#include "common/wire/codes.h"
#include "common/wire/secrets.h"
#include "controller/run/agent_events.h"
#include "controller/run/bottleneck.h"

namespace loadctl::controller {
namespace {
using namespace std::chrono_literals;
using terminal::LogLevel;
using Phase = v1::RunProgress;

constexpr auto kAttachPatience = 20s;
constexpr auto kProgressEvery = 100ms;
constexpr auto kEndPatience = 15s;
// From the message to the start: agents give their VUs the scenario, which then sleep until it.
constexpr auto kStartAhead = 25ms;
constexpr auto kStartAheadAlone = 5ms;  // of one agent, which nobody has to wait for

std::optional<std::string> HintOf(ErrorCode code) {
  if (code == ErrorCode::kScript) return "script exception";
  const bool setup = code == ErrorCode::kSetupTimeout;
  if (!setup && code != ErrorCode::kTeardownTimeout) return std::nullopt;
  return std::string("You can increase the time limit via the ") + (setup ? "setup" : "teardown") +
         "Timeout option";
}

}  // namespace

std::string ReceivedSignal(const std::string& signal) {
  return "loadctl received a '" + signal + "' signal";
}

v1::Planned PlannedOf(const RunInputs& inputs) {
  v1::Planned planned;
  planned.set_script(inputs.script);
  planned.set_run_id(inputs.run.text);
  planned.set_options_json(plan::OptionsToJson(inputs.plan.options));
  for (const auto& metric : inputs.inspection.metrics) *planned.add_metrics() = metric;
  planned.set_agents(static_cast<std::uint32_t>(inputs.agents));
  return planned;
}

Result<std::unique_ptr<Run>> Run::Make(const RunInputs& inputs, events::Publisher& events) {
  LOADCTL_TRY(auto results, Results::Make(PlannedOf(inputs)));
  return std::unique_ptr<Run>(new Run(inputs, events, std::move(results)));
}

Run::Run(const RunInputs& inputs, events::Publisher& events, Results results)
    : inputs_(inputs), events_(events), results_(std::move(results)), held_(inputs.plan.paused) {
  events_.Add(results_);
}

Run::~Run() { events_.Remove(results_); }

v1::Outcome Run::Execute(fleet::Fleet& fleet) {
  v1::Outcome outcome = Guarded(fleet);
  answers_->Bring(nullptr);
  if (inputs_.secrets) secrets::RedactMessage(outcome, *inputs_.secrets->redactor);
  return outcome;
}

v1::Outcome Run::Guarded(fleet::Fleet& fleet) {
  // Exceptions are not ours, but what a peer sends may make a library throw, if only for want of
  // memory: one run ends with that, not the controller.
  try {
    return Steps(fleet);
  } catch (const std::exception& exception) {
    v1::Outcome outcome;
    *outcome.mutable_error() =
        wire::ToProto({ErrorCode::kGeneric,
                       std::string("the run ended by a defect of loadctl: ") + exception.what()});
    v1::RunEvent last;
    *last.mutable_outcome() = outcome;
    Tell(std::move(last));
    return outcome;
  }
}

v1::Outcome Run::Steps(fleet::Fleet& fleet) {
  fleet_ = &fleet;
  answers_->Bring(&fleet);
  agents_ = std::make_unique<Agents>(
      inputs_, results_.submetrics(), fleet, [this](const metrics::Delta& second) {
        v1::RunEvent event;
        event.mutable_second()->set_delta(metrics::EncodeDelta(second));
        Tell(std::move(event));
      });
  steering_ = std::make_unique<Steering>(inputs_, *agents_, clock_);
  v1::RunEvent planned;
  *planned.mutable_planned() = PlannedOf(inputs_);
  Tell(std::move(planned));
  v1::Outcome outcome;
  Attach();
  if (!stopped()) Prepare();
  if (!stopped()) {
    Hold();
    const bool given_up = stopped();
    Begin();
    if (!given_up && Setup()) {
      if (!stopped()) RunScenarios();
      Teardown();
    }
    clock_.End();
    Enter(Phase::ENDED);
    Flush();
    Linger();
    Conclude(outcome);
  } else {
    results_.PutCause(outcome);
  }
  v1::ToAgent finish;
  finish.mutable_finish();
  agents_->SendToLive(finish);
  v1::RunEvent last;
  stage_.stopped = stopped();
  *outcome.mutable_progress() =
      MakeProgress(inputs_, *agents_, clock_, steering_->external(), stage_);
  *last.mutable_outcome() = outcome;
  Tell(std::move(last));
  return outcome;
}

// ---- the steps

void Run::Attach() {
  const auto attached = [this] { return agents_->All(Agents::State::kAttached); };
  Wait(attached, Clock::now() + kAttachPatience);
  if (stopped() || attached()) return;
  StopFor({ErrorCode::kAgentLost, "agents that did not come within 20s: " + agents_->Missing()});
}

void Run::Prepare() {
  Enter(Phase::INIT);
  agents_->Prepare();
  // Init code has its own limit on each agent; this one is for an agent that does not keep it.
  const auto ready = [this] {
    agents_->GiveUpStuck(Clock::now(), inputs_.ready_patience);
    return agents_->All(Agents::State::kReady);
  };
  Wait(ready, Clock::time_point::max());
}

void Run::Hold() {
  if (!held_) return;
  Enter(Phase::PAUSED);
  Wait([this] { return !held_; }, Clock::time_point::max());
}

void Run::Begin() {
  const auto now = Clock::now();
  clock_.Begin(now);
  next_judgement_ = now + threshold::kPeriod;
  agents_->Begin(now);
}

// False: it failed, or was cut short.
bool Run::Setup() {
  Enter(Phase::SETUP);
  const auto& options = inputs_.plan.options;
  if (options.no_setup || !HasFunction("setup")) return true;
  const auto done = Call(v1::Call::SETUP, std::nullopt, options.setup_timeout);
  if (stopped() || !done) return false;
  if (done->has_failure()) {
    const Error error = wire::ErrorOf(done->failure());
    Fail(error, HintOf(error.code));
    return false;
  }
  if (done->has_result()) TellSetupData(done->result_json());
  return true;
}

void Run::RunScenarios() {
  Enter(Phase::RUNNING);
  if (held_) {  // paused during setup()
    clock_.Pause(Clock::now());
    Wait([this] { return !held_; }, Clock::time_point::max());
    clock_.Resume(Clock::now());
  }
  if (!stopped()) SendStarts();
  if (clock_.started()) AwaitScenarios();
  Enter(Phase::TEARDOWN);
}

void Run::SendStarts() {
  agents_->GiveUpClockless();
  if (steering_->external() && steering_->external()->changed) steering_->Scale([] {});
  const auto vus = inputs_.plan.requirements.planned_vus;
  const auto at = Clock::now() + (inputs_.agents == 1 ? kStartAheadAlone : kStartAhead) +
                  std::chrono::microseconds(10 * vus) + 4 * agents_->LongestRoundTrip();
  clock_.Start(at);
  steering_->Start(at);
  agents_->Start(at, setup_json_);
}

void Run::AwaitScenarios() {
  const auto ran = [this] { return agents_->All(Agents::State::kRan); };
  const auto& scenarios = inputs_.plan.options.scenarios;
  const bool endless =
      std::any_of(scenarios.begin(), scenarios.end(), [](const plan::Scenario& scenario) {
        return plan::EndOffset(scenario) == std::chrono::nanoseconds::max();
      });
  const auto end = endless ? Clock::time_point::max()
                           : Later(Later(*clock_.started(), inputs_.plan.requirements.max_duration),
                                   2 * kEndPatience);
  const auto too_late = [&] { return !clock_.paused() && clock_.OwnNow() >= end; };
  Wait([&] { return ran() || too_late(); }, Clock::time_point::max());
  if (stopped() && !ran()) Wait(ran, Clock::now() + kEndPatience, true);
  agents_->GiveUpBelow(Agents::State::kRan, "it did not end when it should have");
  clock_.Resume(std::max(Clock::now(), steering_->last_at()));
}

void Run::Teardown() {
  const auto& options = inputs_.plan.options;
  if (options.no_teardown || !HasFunction("teardown") || agents_->FirstLive() == 0) return;
  const auto done = Call(v1::Call::TEARDOWN, setup_json_, options.teardown_timeout);
  if (!done || !done->has_failure()) return;
  const Error error = wire::ErrorOf(done->failure());
  Fail(error, HintOf(error.code));
}

void Run::Flush() {
  v1::ToAgent message;
  message.mutable_flush();
  agents_->SendToLive(message);
  const auto flushed = [this] { return agents_->All(Agents::State::kFlushed); };
  if (Wait(flushed, Clock::now() + kEndPatience, true) != Step::kGoOn || !flushed()) {
    agents_->GiveUpBelow(Agents::State::kFlushed, "its last figures did not come");
    Wait(flushed, Clock::now() + 1s, true);
  }
  agents_->FinishDeltas();
  for (int agent = 1; agent <= agents_->count(); ++agent) {
    v1::RunEvent event = AgentEvent(agent);
    *event.mutable_agent()->mutable_ledger() =
        agents_->LedgerOf(agent, clock_.started().has_value());
    Tell(std::move(event));
  }
}

void Run::Linger() {
  const auto& stop = results_.stopped();
  if (!inputs_.plan.linger || (stop && stop->code == ErrorCode::kSignal)) return;
  lingering_ = true;
  // What the API shows is that of the end.
  v1::RunEvent judged;
  *judged.mutable_thresholds() = results_.Judge(clock_.Elapsed());
  Tell(std::move(judged));
  v1::RunEvent notice;
  notice.set_notice(
      "The test is done, but --linger was enabled, so loadctl is waiting for Ctrl+C to "
      "continue...");
  Tell(std::move(notice));
  Wait([this] { return !lingering_; }, Clock::time_point::max(), true);
}

void Run::Conclude(v1::Outcome& outcome) {
  outcome = results_.Conclude();
  std::int64_t complete = 0;
  for (const auto& entry : outcome.summary().ledger()) complete += entry.iterations().complete();
  if (clock_.started() && !stopped() && complete == 0) {
    Log(LogLevel::kWarning,
        "No script iterations fully finished, consider making the test duration longer");
  }
  // Figures of the target are right all the same (docs/numbers.md), but the load was not what the
  // script asks for.
  for (const auto& entry : outcome.summary().ledger()) {
    const std::string why = WhyBottleneck(entry);
    if (why.empty()) continue;
    Log(LogLevel::kWarning, "the generator itself was the bottleneck: agent " +
                                std::to_string(entry.agent()) + " of " +
                                std::to_string(inputs_.agents) + ": " + why +
                                "; use fewer VUs an agent, more agents or more machines");
  }
  HandleSummary(outcome);
  results_.PutCause(outcome);  // of what happened meanwhile
}

std::string Run::SummaryArgument(const summary::Summary& shown) const {
  const auto& runtime = inputs_.plan.runtime;
  if (!runtime.machine_readable) return summary::HandleSummaryData(shown, inputs_.display);
  const std::string* script = inputs_.inspection.bundle.Find(inputs_.inspection.main_url);
  return summary::MachineReadableJson(
      shown,
      runtime.summary_mode == plan::SummaryMode::kFull ? summary::Detail::kFull
                                                       : summary::Detail::kCompact,
      summary::FactsNow(script != nullptr ? *script : "", LOADCTL_VERSION), 0);
}

void Run::HandleSummary(v1::Outcome& outcome) {
  if (!HasFunction("handleSummary") || agents_->FirstLive() == 0 ||
      inputs_.plan.runtime.summary_mode == plan::SummaryMode::kDisabled)
    return;
  summary::Summary shown = outcome.summary();
  if (!shown.has_setup_data_json()) shown.set_setup_data_json("null");  // k6 has the key always
  const auto done = Call(v1::Call::HANDLE_SUMMARY, SummaryArgument(shown),
                         inputs_.plan.options.handle_summary_timeout);
  if (!done || done->has_failure()) {
    const std::string why = done ? done->failure().message() : "the agent did not answer";
    if (done && wire::ErrorCodeOf(done->failure().code()) == ErrorCode::kScript &&
        why.find("\n\tat ") != std::string::npos) {
      Log(LogLevel::kError, why, {{"hint", "script exception"}, {"source", "stacktrace"}});
    } else {
      Log(LogLevel::kError, "failed to handle the end-of-test summary", {{"error", why}});
    }
    return;
  }
  if (!done->has_result()) return;  // falsy: the built-in summary
  outcome.set_has_files(true);
  *outcome.mutable_files() = done->files();
}

std::optional<v1::CallDone> Run::Call(v1::Call::Function function,
                                      const std::optional<std::string>& argument,
                                      std::chrono::nanoseconds timeout) {
  if (call_.reply) {  // of the REST API's; the agent keeps its limit, or is lost
    Wait([this] { return !call_.reply; }, Later(Later(Clock::now(), timeout), 90s), true);
    if (call_.reply) OnApiCallDone(nullptr);
  }
  if (agents_->FirstLive() == 0) return std::nullopt;
  SendCall(function, argument, timeout);
  const int asked = call_.agent;
  const bool anyway = function != v1::Call::SETUP;
  Wait([this, asked] { return call_.done.has_value() || agents_->IsLost(asked); },
       // The agent keeps the limit; this one is for an agent that does not.
       Later(Later(Clock::now(), timeout), 90s), anyway);
  return call_.done;
}

void Run::SendCall(v1::Call::Function function, const std::optional<std::string>& argument,
                   std::chrono::nanoseconds timeout) {
  call_.agent = agents_->FirstLive();
  call_.function = function;
  call_.done.reset();
  v1::ToAgent message;
  auto* call = message.mutable_call();
  call->set_function(function);
  call->set_has_argument(argument.has_value());
  if (argument) call->set_argument_json(*argument);
  call->set_timeout_ns(timeout.count());
  agents_->Send(call_.agent, std::move(message));
}

// ---- events

Run::Step Run::Wait(const std::function<bool()>& done, Clock::time_point deadline, bool anyway) {
  while (!done()) {
    if (stopped() && !anyway) return Step::kStopped;
    const auto now = Clock::now();
    if (now >= deadline) return Step::kGoOn;
    fleet::Event event;
    if (fleet_->Next(event, std::min(deadline, now + 50ms))) OnEvent(event);
    Tick(Clock::now());
  }
  return Step::kGoOn;
}

void Run::Tick(Clock::time_point now) {
  if (clock_.begun()) agents_->GiveUpSilent(now, inputs_.figures_patience);
  if (now >= next_progress_) {
    next_progress_ = now + kProgressEvery;
    TellProgress();
  }
  const bool over = stage_.phase >= Phase::TEARDOWN || stopped();
  if (steering_) steering_->Tick(now, over);
  if (!clock_.begun() || over || now < next_judgement_) return;
  next_judgement_ += threshold::kPeriod;
  Judge();
}

void Run::Judge() {
  v1::RunEvent event;
  *event.mutable_thresholds() = results_.Judge(clock_.Elapsed());
  const v1::ThresholdState state = event.thresholds();
  Tell(std::move(event));
  if (!state.abort()) return;
  StopFor({ErrorCode::kThresholds,
           threshold::AbortMessage({state.crossed().begin(), state.crossed().end()})});
}

void Run::OnEvent(fleet::Event& event) {
  switch (event.kind) {
    case fleet::Event::Kind::kAttached: {
      agents_->OnAttached(event.agent);
      const auto info = agents_->Info(event.agent);
      return Tell(AttachedEvent(event.agent, info));
    }
    case fleet::Event::Kind::kMessage:
      return OnMessage(event.agent, event.message);
    case fleet::Event::Kind::kLost:
      return OnLost(event.agent, event.reason);
    case fleet::Event::Kind::kCall:
      return event.call();
    case fleet::Event::Kind::kInterrupt:
      if (std::exchange(lingering_, false)) return;
      return StopFor({ErrorCode::kSignal, "test run was aborted because " + event.reason});
  }
}

void Run::OnMessage(int agent, v1::FromAgent& message) {
  if (!agents_->MaySay(agent, message)) return;
  switch (message.body_case()) {
    case v1::FromAgent::kBundleWanted:
      return agents_->SendBundle(agent);
    case v1::FromAgent::kReady: {
      if (message.ready().has_failure()) {
        const Error error = wire::ErrorOf(message.ready().failure());
        return StopFor(error, HintOf(error.code));
      }
      agents_->OnReady(agent, static_cast<std::int64_t>(message.ready().vus()));
      return Tell(ReadyEvent(agent, message.ready()));
    }
    case v1::FromAgent::kCallDone:
      // A late answer to a call that was given up is no answer to the next.
      if (agent == call_.agent && message.call_done().function() == call_.function)
        call_.done = std::move(*message.mutable_call_done());
      if (call_.done && call_.reply) OnApiCallDone(&*call_.done);
      return;
    case v1::FromAgent::kControlled:
      agents_->OnProgress(agent, std::move(*message.mutable_controlled()->mutable_progress()));
      return steering_->OnControlled(agent, message.controlled().serial());
    case v1::FromAgent::kDelta: {
      v1::RunEvent event = AgentEvent(agent);
      auto health = agents_->OnDelta(agent, message.delta());
      if (!health) return;
      *event.mutable_agent()->mutable_health() = std::move(*health);
      return Tell(std::move(event));
    }
    case v1::FromAgent::kSamples:
      if (!inputs_.samples) return;
      [[fallthrough]];
    case v1::FromAgent::kExchange:
    case v1::FromAgent::kCpuProfile:
      return Tell(ForwardedEvent(agent, message));
    case v1::FromAgent::kDebugger:
      return inputs_.debugging->hear(message.debugger());
    case v1::FromAgent::kLogs:
      return OnLogs(agent, message.logs());
    case v1::FromAgent::kProgress:
      return agents_->OnProgress(agent, std::move(*message.mutable_progress()));
    case v1::FromAgent::kTestStopped:
      if (message.test_stopped().abort())
        return StopFor({ErrorCode::kScriptAborted, message.test_stopped().message()});
      return TellCause(v1::EndCause::MARKED, {ErrorCode::kMarkedFailed, ""}, std::nullopt);
    case v1::FromAgent::kRunDone:
      return agents_->OnRunDone(agent, message.run_done(),
                                steering_->WitnessedOf(agent, stopped()));
    case v1::FromAgent::kFlushed:
      return agents_->OnFlushed(agent, message.flushed());
    case v1::FromAgent::kSecretWanted:
      return GiveSecret(agent, message.secret_wanted());
    default:
      return;
  }
}

void Run::GiveSecret(int agent, const v1::SecretWanted& wanted) {
  const auto give = [this, agent, wanted](const Result<std::string>& value) {
    v1::ToAgent message;
    *message.mutable_secret_given() = wire::WriteSecret(wanted.source(), wanted.key(), value);
    if (!agents_->IsLost(agent)) agents_->Send(agent, std::move(message));
  };
  inputs_.secrets->ask(wanted.source(), wanted.key(),
                       [give, supply = inputs_.secrets, way = answers_](Result<std::string> value) {
                         if (value) supply->redactor->Add(*value);
                         way->Push([give, value = std::move(value)] { give(value); });
                       });
}

void Run::OnLost(int agent, const std::string& reason) {
  if (agents_->IsLost(agent)) return;
  const bool missed = agents_->OnLost(agent);
  if (call_.reply && agent == call_.agent) OnApiCallDone(nullptr);
  steering_->OnLost(agent);
  if (!missed) return;
  v1::RunEvent event = AgentEvent(agent);
  event.mutable_agent()->set_lost(reason);
  Tell(std::move(event));
  StopFor({ErrorCode::kAgentLost, "agent " + std::to_string(agent) + " of " +
                                      std::to_string(inputs_.agents) + " was lost: " + reason});
}

void Run::OnLogs(int agent, const v1::LogLines& logs) {
  for (const auto& line : logs.lines()) {
    v1::RunEvent event;
    auto& log = *event.mutable_log();
    log.set_agent(static_cast<std::uint32_t>(agent));
    log.set_level(static_cast<v1::LogEntry::Level>(terminal::LogLevelOf(line.level())));
    log.set_message(line.message());
    *log.mutable_fields() = line.fields();
    Tell(std::move(event));
  }
  if (logs.suppressed() > 0) {
    Log(LogLevel::kWarning, std::to_string(logs.suppressed()) +
                                " lines of the script's output were suppressed by agent " +
                                std::to_string(agent));
  }
}

// ---- what it tells

void Run::StopFor(const Error& error, const std::optional<std::string>& hint) {
  TellCause(v1::EndCause::STOPPED, error, hint);
  // After the scenarios there is nothing to stop: teardown() runs to its end.
  if (stop_sent_ || stage_.phase >= Phase::TEARDOWN) return;
  stop_sent_ = true;
  v1::ToAgent message;
  message.mutable_stop()->set_reason(results_.stopped()->message);
  agents_->SendToLive(message);
}

void Run::Fail(const Error& error, const std::optional<std::string>& hint) {
  TellCause(v1::EndCause::FAILED, error, hint);
}

void Run::TellCause(v1::EndCause::Kind kind, const Error& error,
                    const std::optional<std::string>& hint) {
  v1::RunEvent event;
  auto& cause = *event.mutable_cause();
  cause.set_kind(kind);
  *cause.mutable_error() = wire::ToProto(error);
  if (hint) cause.set_hint(*hint);
  if (results_.Outweighs(cause)) Tell(std::move(event));
}

void Run::Enter(v1::RunProgress::Phase phase) {
  stage_.phase = phase;
  if (phase <= Phase::RUNNING) stage_.shown = phase;
  TellPhase();
}

void Run::TellPhase() {
  v1::RunEvent event;
  event.mutable_phase()->set_phase(stage_.phase);
  event.mutable_phase()->set_paused(held_ || clock_.paused());
  Tell(std::move(event));
}

void Run::TellProgress() {
  stage_.stopped = stopped();
  v1::RunEvent event;
  *event.mutable_progress() =
      MakeProgress(inputs_, *agents_, clock_, steering_->external(), stage_);
  Tell(std::move(event));
}

void Run::TellSetupData(const std::optional<std::string>& json) {
  v1::RunEvent event;
  event.mutable_setup_data();
  if (json) event.mutable_setup_data()->set_json(*json);
  setup_json_ = json;
  Tell(std::move(event));
}

void Run::Log(LogLevel level, const std::string& message, const terminal::LogFields& fields) {
  v1::RunEvent event;
  event.mutable_log()->set_level(static_cast<v1::LogEntry::Level>(level));
  event.mutable_log()->set_message(message);
  for (const auto& [name, value] : fields) {
    event.mutable_log()->add_fields(name);
    event.mutable_log()->add_fields(value);
  }
  Tell(std::move(event));
}

bool Run::HasFunction(const std::string& name) const {
  return std::ranges::count(inputs_.inspection.functions, name) != 0;
}

}  // namespace loadctl::controller
