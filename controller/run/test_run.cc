#include "controller/run/test_run.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/time.h"
#include "common/wire/assignment.h"
#include "common/wire/codes.h"
#include "common/wire/environment.h"
#include "controller/summary/build.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using terminal::LogLevel;

constexpr auto kAttachPatience = 20s;
constexpr auto kProgressEvery = 100ms;
constexpr auto kEndPatience = 15s;
// From the message to the start: agents give their VUs the scenario, which then sleep until it.
constexpr auto kStartAhead = 25ms;
// Small, so that clocks and heartbeats get between them on a slow wire.
constexpr std::size_t kChunk = 1u << 16;

std::optional<std::string> HintOf(ErrorCode code, const char* option) {
  if (code == ErrorCode::kScript) return "script exception";
  if (code == ErrorCode::kGeneric) return std::nullopt;
  return std::string("You can increase the time limit via the ") + option + " option";
}

}  // namespace

Result<TestRun> TestRun::Make(const RunInputs& inputs, RunHooks hooks) {
  metrics::MetricSet declared;
  for (const auto& metric : inputs.inspection.metrics)
    LOADCTL_CHECK_OK(wire::DeclareMetric(metric, declared));
  const auto& options = inputs.plan.options;
  LOADCTL_TRY(auto evaluator, threshold::Evaluator::Make(options.thresholds, declared));
  std::vector<std::string> submetrics;
  if (options.system_tags.contains("expected_response"))
    submetrics.emplace_back(metrics::kExpectedResponse);
  for (const auto& selector : evaluator.Selectors())
    if (selector.is_submetric()) submetrics.push_back(selector.Name());
  return TestRun(inputs, std::move(hooks), std::move(evaluator), std::move(submetrics));
}

TestRun::TestRun(const RunInputs& inputs, RunHooks hooks, threshold::Evaluator evaluator,
                 std::vector<std::string> submetrics)
    : inputs_(inputs),
      hooks_(std::move(hooks)),
      evaluator_(std::move(evaluator)),
      submetrics_(std::move(submetrics)),
      aggregate_(inputs.agents),
      agents_(static_cast<std::size_t>(inputs.agents)),
      held_(inputs.plan.paused) {
  for (const auto& scenario : inputs.plan.options.scenarios) {
    const auto* config = std::get_if<plan::ExternallyControlled>(&scenario.executor);
    if (config == nullptr || external_) continue;
    external_ = External{scenario.name, config->Max(), config->vus, config->Max()};
  }
}

RunResult TestRun::Execute(fleet::Fleet& fleet) {
  fleet_ = &fleet;
  packed_ = inputs_.inspection.bundle.Pack();
  bundle_hash_ = bundle::Sha256(packed_);
  RunResult result;
  Attach();
  if (!stop_) Prepare();
  if (!stop_) {
    Hold();
    const bool given_up = stop_.has_value();
    Begin();
    if (!given_up) Setup();
    if (!given_up && !setup_failed_) {
      if (!stop_) RunScenarios();
      Teardown();
    }
    ended_ = OwnNow();
    Flush();
    Linger();
    Summarize(result);
  }
  v1::ToAgent finish;
  finish.mutable_finish();
  SendToLive(finish);
  result.error = stop_ ? stop_ : failure_;
  result.hint = hint_;
  result.progress = MakeProgress();
  return result;
}

// ---- the steps

void TestRun::Attach() {
  const auto attached = [this] { return All(AgentState::kAttached); };
  Wait(attached, Clock::now() + kAttachPatience);
  if (stop_ || attached()) return;
  std::string missing;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].state == AgentState::kExpected)
      missing += (missing.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  StopFor({ErrorCode::kAgentLost, "agents that did not come within 20s: " + missing});
}

void TestRun::Prepare() {
  phase_ = terminal::Phase::kInit;
  for (int number = 1; number <= inputs_.agents; ++number) SendPrepare(number);
  // Init code has its own limit on each agent.
  Wait([this] { return All(AgentState::kReady); }, Clock::time_point::max());
}

void TestRun::SendPrepare(int number) {
  const auto sequence = plan::EqualSequence(inputs_.agents);
  v1::ToAgent message;
  auto* prepare = message.mutable_prepare();
  prepare->set_bundle_hash(bundle_hash_);
  prepare->set_main_url(inputs_.inspection.main_url);
  prepare->set_options_json(plan::OptionsToJson(inputs_.plan.options));
  wire::PutEnvironment(inputs_.plan.runtime.env, *prepare->mutable_env());
  prepare->set_segment(sequence.segments[static_cast<std::size_t>(number - 1)].ToString());
  prepare->set_segment_sequence(sequence.ToString());
  for (const auto& metric : inputs_.inspection.metrics) *prepare->add_metrics() = metric;
  for (const auto& submetric : submetrics_) prepare->add_submetrics(submetric);
  prepare->set_vus_per_isolate(inputs_.vus_per_isolate);
  prepare->set_workers(inputs_.workers);
  prepare->set_max_heap(inputs_.max_heap);
  prepare->set_agents(static_cast<std::uint32_t>(inputs_.agents));
  fleet_->Send(number, std::move(message));
}

void TestRun::SendBundle(int number) {
  for (std::size_t at = 0; at == 0 || at < packed_.size(); at += kChunk) {
    v1::ToAgent message;
    message.mutable_bundle_chunk()->set_data(packed_.substr(at, kChunk));
    message.mutable_bundle_chunk()->set_last(at + kChunk >= packed_.size());
    fleet_->Send(number, std::move(message));
  }
}

void TestRun::Hold() {
  if (!held_) return;
  phase_ = terminal::Phase::kPaused;
  Wait([this] { return !held_; }, Clock::time_point::max());
}

void TestRun::Begin() {
  const auto now = Clock::now();
  begun_ = clock_->Own(now);
  next_judgement_ = now + threshold::kPeriod;
  for (int number = 1; number <= inputs_.agents; ++number) {
    v1::ToAgent message;
    message.mutable_begin()->set_agent_ns(
        (now.time_since_epoch() + fleet_->Info(number).clock_offset).count());
    fleet_->Send(number, std::move(message));
  }
}

void TestRun::Setup() {
  phase_ = terminal::Phase::kSetup;
  const auto& options = inputs_.plan.options;
  if (options.no_setup || !HasFunction("setup")) return;
  const auto done = Call(v1::Call::SETUP, std::nullopt, options.setup_timeout);
  setup_failed_ = stop_.has_value() || !done || done->has_failure();
  if (stop_ || !done) return;
  if (done->has_failure()) {
    const auto code = wire::ErrorCodeOf(done->failure().code());
    return Fail({code, done->failure().message()}, HintOf(code, "setupTimeout"));
  }
  if (done->has_result()) setup_json_ = done->result_json();
}

void TestRun::RunScenarios() {
  phase_ = terminal::Phase::kRunning;
  if (held_) {  // paused during setup()
    clock_->Pause(Clock::now());
    Wait([this] { return !held_; }, Clock::time_point::max());
    clock_->Resume(Clock::now());
  }
  if (!stop_) SendStarts();
  if (starts_sent_) AwaitScenarios();
  scenarios_done_ = true;
}

void TestRun::SendStarts() {
  if (external_ && external_->changed) SendScale([] {});
  std::chrono::nanoseconds slowest{0};
  for (int number = 1; number <= inputs_.agents; ++number)
    slowest = std::max(slowest, fleet_->Info(number).round_trip);
  const auto vus = inputs_.plan.requirements.planned_vus;
  const auto at = Clock::now() + kStartAhead + std::chrono::microseconds(10 * vus) + 4 * slowest;
  started_ = clock_->Own(at);
  last_order_ = at;
  starts_sent_ = true;
  for (int number = 1; number <= inputs_.agents; ++number) {
    if (agents_[static_cast<std::size_t>(number - 1)].state == AgentState::kLost) continue;
    v1::ToAgent message;
    auto* start = message.mutable_start();
    start->set_agent_ns((at.time_since_epoch() + fleet_->Info(number).clock_offset).count());
    start->set_has_setup_data(setup_json_.has_value());
    if (setup_json_) start->set_setup_json(*setup_json_);
    fleet_->Send(number, std::move(message));
  }
}

void TestRun::AwaitScenarios() {
  const auto ran = [this] { return All(AgentState::kRan); };
  const auto& scenarios = inputs_.plan.options.scenarios;
  const bool endless =
      std::any_of(scenarios.begin(), scenarios.end(), [](const plan::Scenario& scenario) {
        return plan::EndOffset(scenario) == std::chrono::nanoseconds::max();
      });
  const auto end =
      endless ? Clock::time_point::max()
              : Later(Later(*started_, inputs_.plan.requirements.max_duration), 2 * kEndPatience);
  const auto too_late = [&] { return !clock_->paused() && OwnNow() >= end; };
  Wait([&] { return ran() || too_late(); }, Clock::time_point::max());
  if (stop_ && !ran()) Wait(ran, Clock::now() + kEndPatience, true);
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].state < AgentState::kRan)
      fleet_->GiveUp(static_cast<int>(i + 1), "it did not end when it should have");
  }
  clock_->Resume(std::max(Clock::now(), last_order_));
}

void TestRun::Teardown() {
  const auto& options = inputs_.plan.options;
  if (options.no_teardown || !HasFunction("teardown") || FirstLive() == 0) return;
  const auto done = Call(v1::Call::TEARDOWN, setup_json_, options.teardown_timeout);
  if (!done || !done->has_failure()) return;
  const auto code = wire::ErrorCodeOf(done->failure().code());
  Fail({code, done->failure().message()}, HintOf(code, "teardownTimeout"));
}

void TestRun::Flush() {
  v1::ToAgent message;
  message.mutable_flush();
  SendToLive(message);
  const auto flushed = [this] { return All(AgentState::kFlushed); };
  if (Wait(flushed, Clock::now() + kEndPatience, true) == Step::kGoOn && flushed()) {
    aggregate_.Finish();
    return;
  }
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].state != AgentState::kFlushed && agents_[i].state != AgentState::kLost)
      fleet_->GiveUp(static_cast<int>(i + 1), "its last figures did not come");
  }
  Wait(flushed, Clock::now() + 1s, true);
  aggregate_.Finish();
}

std::optional<v1::CallDone> TestRun::Call(v1::Call::Function function,
                                          const std::optional<std::string>& argument,
                                          std::chrono::nanoseconds timeout) {
  if (api_call_) Wait([this] { return !api_call_; }, Clock::time_point::max(), true);
  if (FirstLive() == 0) return std::nullopt;
  SendCall(function, argument, timeout);
  const int asked = call_agent_;
  const bool anyway = function != v1::Call::SETUP;
  Wait(
      [this, asked] {
        return call_done_.has_value() ||
               agents_[static_cast<std::size_t>(asked - 1)].state == AgentState::kLost;
      },
      // The agent keeps the limit; this one is for an agent that does not.
      Later(Later(Clock::now(), timeout), 90s), anyway);
  return call_done_;
}

void TestRun::SendCall(v1::Call::Function function, const std::optional<std::string>& argument,
                       std::chrono::nanoseconds timeout) {
  call_agent_ = FirstLive();
  call_function_ = function;
  call_done_.reset();
  v1::ToAgent message;
  auto* call = message.mutable_call();
  call->set_function(function);
  call->set_has_argument(argument.has_value());
  if (argument) call->set_argument_json(*argument);
  call->set_timeout_ns(timeout.count());
  fleet_->Send(call_agent_, std::move(message));
}

// ---- events

TestRun::Step TestRun::Wait(const std::function<bool()>& done, Clock::time_point deadline,
                            bool anyway) {
  while (!done()) {
    if (stop_ && !anyway) return Step::kStopped;
    const auto now = Clock::now();
    if (now >= deadline) return Step::kGoOn;
    fleet::Event event;
    if (fleet_->Next(event, std::min(deadline, now + 50ms))) OnEvent(event);
    Tick(Clock::now());
  }
  return Step::kGoOn;
}

void TestRun::Tick(Clock::time_point now) {
  if (now >= next_progress_) {
    next_progress_ = now + kProgressEvery;
    if (hooks_.progress) hooks_.progress(MakeProgress());
  }
  if (!begun_ || scenarios_done_ || stop_ || now < next_judgement_) return;
  next_judgement_ += threshold::kPeriod;
  Judge();
}

void TestRun::Judge() {
  if (hooks_.totals) hooks_.totals(aggregate_.totals());
  const auto outcome = evaluator_.Judge(aggregate_.totals(), Elapsed());
  judged_ = true;
  if (outcome.abort) StopFor({ErrorCode::kThresholds, threshold::AbortMessage(outcome.crossed)});
}

void TestRun::OnEvent(fleet::Event& event) {
  Agent* agent = event.agent >= 1 ? &agents_[static_cast<std::size_t>(event.agent - 1)] : nullptr;
  switch (event.kind) {
    case fleet::Event::Kind::kAttached:
      agent->state = AgentState::kAttached;
      return;
    case fleet::Event::Kind::kMessage:
      return OnMessage(event.agent, event.message);
    case fleet::Event::Kind::kLost:
      return OnLost(event.agent, event.reason);
    case fleet::Event::Kind::kCall:
      return event.call();
    case fleet::Event::Kind::kInterrupt:
      if (std::exchange(lingering_, false)) return;
      return StopFor({ErrorCode::kSignal, "test run was aborted because loadctl received a '" +
                                              event.reason + "' signal"});
  }
}

void TestRun::OnMessage(int number, v1::FromAgent& message) {
  Agent& agent = agents_[static_cast<std::size_t>(number - 1)];
  switch (message.body_case()) {
    case v1::FromAgent::kBundleWanted:
      return SendBundle(number);
    case v1::FromAgent::kReady:
      if (message.ready().has_failure()) {
        const auto& failure = message.ready().failure();
        const auto code = wire::ErrorCodeOf(failure.code());
        return StopFor({code, failure.message()}, HintOf(code, "setupTimeout"));
      }
      agent.state = AgentState::kReady;
      agent.progress.set_initialized_vus(static_cast<std::int64_t>(message.ready().vus()));
      return;
    case v1::FromAgent::kCallDone:
      // A late answer to a call that was given up is no answer to the next.
      if (number == call_agent_ && message.call_done().function() == call_function_)
        call_done_ = std::move(*message.mutable_call_done());
      if (call_done_ && api_call_) OnApiCallDone(&*call_done_);
      return;
    case v1::FromAgent::kControlled:
      agent.progress = std::move(*message.mutable_controlled()->mutable_progress());
      return OnControlled(number, message.controlled().serial());
    case v1::FromAgent::kDelta:
      return OnDelta(number, message.delta());
    case v1::FromAgent::kLogs:
      return OnLogs(number, message.logs());
    case v1::FromAgent::kProgress:
      agent.progress = std::move(*message.mutable_progress());
      return;
    case v1::FromAgent::kTestStopped:
      if (message.test_stopped().abort()) {
        StopFor({ErrorCode::kScriptAborted, message.test_stopped().message()});
      } else {
        marked_failed_ = "test run was marked as failed";
      }
      return;
    case v1::FromAgent::kRunDone:
      agent.run_done = message.run_done();
      agent.state = AgentState::kRan;
      return;
    case v1::FromAgent::kFlushed:
      agent.deltas_sent = message.flushed().deltas();
      agent.health = message.flushed().health();
      agent.state = AgentState::kFlushed;
      return;
    default:
      return;
  }
}

void TestRun::OnDelta(int number, const std::string& bytes) {
  auto delta = metrics::DecodeDelta(bytes);
  if (!delta) return fleet_->GiveUp(number, delta.error().message);
  delta->agent = number;
  std::optional<metrics::TrendSink> lag;
  for (const auto& series : delta->series) {
    if (series.metric == metrics::Describe(metrics::Builtin::kStartLag).name &&
        series.suffix.empty() && std::holds_alternative<metrics::TrendSink>(series.sink))
      lag = std::get<metrics::TrendSink>(series.sink);
  }
  switch (aggregate_.Add(std::move(*delta))) {
    case aggregate::Acceptance::kAccepted:
      if (lag) agents_[static_cast<std::size_t>(number - 1)].start_lag.Merge(*lag);
      return;
    case aggregate::Acceptance::kRepeat:
    case aggregate::Acceptance::kLost:
      return;
    default:
      return fleet_->GiveUp(number, "its figures do not follow those before");
  }
}

void TestRun::OnLost(int number, const std::string& reason) {
  Agent& agent = agents_[static_cast<std::size_t>(number - 1)];
  if (agent.state == AgentState::kLost) return;
  const bool had_all = agent.state == AgentState::kFlushed;
  agent.state = AgentState::kLost;
  aggregate_.MarkLost(number);
  if (api_call_ && number == call_agent_) OnApiCallDone(nullptr);
  ForgetOrders(number);
  if (had_all) return;
  const auto at = Elapsed();
  lost_.push_back({number, at, reason});
  StopFor({ErrorCode::kAgentLost, "agent " + std::to_string(number) + " of " +
                                      std::to_string(inputs_.agents) + " was lost: " + reason});
}

void TestRun::OnLogs(int number, const v1::LogLines& logs) {
  for (const auto& line : logs.lines()) {
    terminal::AgentLine shown;
    shown.agent = number;
    shown.level = terminal::LogLevelOf(line.level());
    shown.message = line.message();
    for (int i = 0; i + 1 < line.fields_size(); i += 2)
      shown.fields.emplace_back(line.fields(i), line.fields(i + 1));
    if (hooks_.console) hooks_.console(shown);
  }
  if (logs.suppressed() > 0) {
    Log(LogLevel::kWarning, std::to_string(logs.suppressed()) +
                                " lines of the script's output were suppressed by agent " +
                                std::to_string(number));
  }
}

void TestRun::StopFor(Error error, std::optional<std::string> hint) {
  const bool was_threshold = stop_ && stop_->code == ErrorCode::kThresholds;
  if (!stop_ || (was_threshold && error.code == ErrorCode::kAgentLost)) {
    stop_ = std::move(error);
    hint_ = std::move(hint);
  }
  // After the scenarios there is nothing to stop: teardown() runs to its end.
  if (stop_sent_ || scenarios_done_) return;
  stop_sent_ = true;
  v1::ToAgent message;
  message.mutable_stop()->set_reason(stop_->message);
  SendToLive(message);
}

void TestRun::Fail(Error error, std::optional<std::string> hint) {
  if (failure_) return;
  failure_ = std::move(error);
  if (!stop_) hint_ = std::move(hint);
}

// ---- small questions

bool TestRun::All(AgentState at_least) const {
  return std::all_of(agents_.begin(), agents_.end(),
                     [&](const Agent& agent) { return agent.state >= at_least; });
}

int TestRun::FirstLive() const {
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].state != AgentState::kLost && agents_[i].state != AgentState::kExpected)
      return static_cast<int>(i + 1);
  }
  return 0;
}

void TestRun::SendToLive(const v1::ToAgent& message) {
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].state == AgentState::kLost || agents_[i].state == AgentState::kExpected)
      continue;
    fleet_->Send(static_cast<int>(i + 1), message);
  }
}

bool TestRun::HasFunction(const std::string& name) const {
  const auto& functions = inputs_.inspection.functions;
  return std::find(functions.begin(), functions.end(), name) != functions.end();
}

std::chrono::nanoseconds TestRun::Elapsed() const {
  if (!begun_) return 0ns;
  return ended_.value_or(OwnNow()) - *begun_;
}

void TestRun::Log(LogLevel level, const std::string& message,
                  const terminal::LogFields& fields) const {
  if (hooks_.log) hooks_.log(level, message, fields);
}

}  // namespace loadctl::controller
