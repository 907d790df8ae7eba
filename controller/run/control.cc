// What a user asks of a running test through the REST API: TestRun's share.
// Not for HTTP and JSON (controller/rest).
#include <algorithm>
#include <chrono>
#include <utility>

#include "controller/rest/render.h"
#include "controller/run/test_run.h"
#include "controller/summary/build.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using rest::Command;
using rest::ErrorResponse;

// From the message to its instant: enough for it to be there before that.
constexpr auto kOrderAhead = 10ms;

/// k6's numbers of an execution's states.
enum State {
  kCreated = 0,
  kInitVus = 1,
  kPausedBeforeRun = 4,
  kSetup = 6,
  kRunning = 7,
  kTeardown = 8,
  kEnded = 9,
  kInterrupted = 10,
  kMarkedAsFailed = 11,
};

}  // namespace

void TestRun::Answer(const Command& command, Reply reply) {
  using Kind = Command::Kind;
  switch (command.kind) {
    case Kind::kRun:
    case Kind::kStatus:
      return reply(rest::StatusResponse(MakeStatus()));
    case Kind::kChangeStatus:
      return ChangeStatus(command.change, reply);
    case Kind::kMetrics:
      return reply(rest::MetricsResponse(MakeApiSummary(), judged_));
    case Kind::kMetric:
      return reply(rest::MetricResponse(MakeApiSummary(), judged_, command.text));
    case Kind::kGroups:
      return reply(rest::GroupsResponse(MakeApiSummary()));
    case Kind::kGroup:
      return reply(rest::GroupResponse(MakeApiSummary(), command.text));
    case Kind::kSetSetupData:
      setup_json_.reset();
      if (!command.text.empty()) setup_json_ = command.text;
      return reply(rest::SetupDataResponse(setup_json_));
    case Kind::kSetupData:
      return reply(rest::SetupDataResponse(setup_json_));
    case Kind::kRunSetup:
      return CallForApi(v1::Call::SETUP, reply);
    case Kind::kRunTeardown:
      return CallForApi(v1::Call::TEARDOWN, reply);
  }
}

// ---- what it shows

rest::Status TestRun::MakeStatus() const {
  rest::Status status;
  switch (phase_) {
    case terminal::Phase::kStarting:
      status.status = kCreated;
      break;
    case terminal::Phase::kInit:
      status.status = kInitVus;
      break;
    case terminal::Phase::kPaused:
      status.status = kPausedBeforeRun;
      break;
    case terminal::Phase::kSetup:
      status.status = kSetup;
      break;
    case terminal::Phase::kRunning:
      status.status = ended_ ? kEnded : scenarios_done_ ? kTeardown : kRunning;
      break;
  }
  if (begun_ && stop_ && (scenarios_done_ || ended_)) status.status = kInterrupted;
  if (begun_ && !stop_ && marked_failed_) status.status = kMarkedAsFailed;
  status.paused = held_ || clock_->paused();
  for (const auto& agent : agents_) {
    status.vus += ended_ ? 0 : agent.progress.active_vus();
    status.vus_max += agent.progress.initialized_vus();
  }
  status.stopped = stop_.has_value();
  status.running = begun_ && status.status != kEnded;
  for (const auto& metric : evaluator_.verdicts()) {
    status.tainted = status.tainted || std::any_of(metric.verdicts.begin(), metric.verdicts.end(),
                                                   [](const auto& verdict) { return !verdict.ok; });
  }
  return status;
}

summary::Summary TestRun::MakeApiSummary() const {
  summary::BuildOptions build;
  build.duration = Elapsed();
  build.trend_stats = {"avg", "max", "med", "min", "p(90)", "p(95)"};
  return summary::BuildSummary(aggregate_.totals(), evaluator_.verdicts(), build);
}

// ---- pause, resume, scale, stop

void TestRun::ChangeStatus(const rest::StatusChange& change, const Reply& reply) {
  const auto done = [this, reply] { reply(rest::StatusResponse(MakeStatus())); };
  if (change.stopped) {
    if (!std::exchange(lingering_, false) && !ended_)
      StopFor({ErrorCode::kStoppedFromApi, "test run stopped from REST API"});
    return done();
  }
  const auto scale = [this, change, reply, done] {
    if (!change.vus && !change.vus_max) return done();
    ScaleExternal(change, reply, done);
  };
  if (!change.paused) return scale();
  ChangePaused(*change.paused, reply, scale);
}

void TestRun::ChangePaused(bool paused, const Reply& reply, const Continue& then) {
  if (scenarios_done_ || stop_)
    return reply(ErrorResponse(500, "Pause error", "the test's iterations are over"));
  if (!starts_sent_) {  // the next phase has not begun, and does not
    if (paused && held_)
      return reply(ErrorResponse(500, "Pause error", "execution is already paused"));
    held_ = paused;
    return then();
  }
  if (paused == clock_->paused()) return then();
  std::chrono::nanoseconds slowest{0};
  for (int number = 1; number <= inputs_.agents; ++number)
    slowest = std::max(slowest, fleet_->Info(number).round_trip);
  const auto at = std::max(Clock::now() + kOrderAhead + 4 * slowest, last_order_ + 1ns);
  last_order_ = at;
  paused ? clock_->Pause(at) : clock_->Resume(at);
  const std::uint64_t serial = NewOrder(then);
  for (const int number : std::set<int>(orders_.at(serial).waiting)) {
    const auto agent_ns = (at.time_since_epoch() + fleet_->Info(number).clock_offset).count();
    v1::ToAgent message;
    if (paused) {
      message.mutable_pause()->set_serial(serial);
      message.mutable_pause()->set_agent_ns(agent_ns);
    } else {
      message.mutable_resume()->set_serial(serial);
      message.mutable_resume()->set_agent_ns(agent_ns);
    }
    fleet_->Send(number, std::move(message));
  }
}

std::optional<std::string> TestRun::WhyNotGrow(std::int64_t max) const {
  if (max < external_->start_max) {
    return "the new number of max VUs cannot be lower than the starting number of max VUs (" +
           std::to_string(external_->start_max) + ")";
  }
  return std::nullopt;
}

void TestRun::ScaleExternal(const rest::StatusChange& change, const Reply& reply,
                            const Continue& then) {
  if (!external_) {
    return reply(ErrorResponse(500, "Execution config error",
                               "an externally-controlled executor needs to be configured for live "
                               "configuration updates"));
  }
  const auto& scenarios = inputs_.plan.options.scenarios;
  plan::Scenario wanted =
      *std::find_if(scenarios.begin(), scenarios.end(),
                    [this](const auto& scenario) { return scenario.name == external_->name; });
  auto& config = std::get<plan::ExternallyControlled>(wanted.executor);
  config.vus = change.vus.value_or(external_->vus);
  config.max_vus = change.vus_max.value_or(external_->max);
  std::string problems;
  for (const auto& problem : plan::ValidateScenario(wanted))
    problems += (problems.empty() ? "invalid configuration supplied: " : ", ") + problem;
  if (problems.empty()) problems = WhyNotGrow(*config.max_vus).value_or("");
  if (!problems.empty()) return reply(ErrorResponse(400, "Config update error", problems));
  external_->vus = config.vus;
  external_->max = *config.max_vus;
  external_->changed = true;
  if (!starts_sent_ || scenarios_done_) return then();
  SendScale(then);
}

void TestRun::SendScale(Continue then) {
  const std::uint64_t serial = NewOrder(std::move(then));
  v1::ToAgent message;
  auto* scale = message.mutable_scale();
  scale->set_serial(serial);
  scale->set_scenario(external_->name);
  scale->set_vus(external_->vus);
  scale->set_max_vus(external_->max);
  SendToLive(message);
}

std::uint64_t TestRun::NewOrder(Continue then) {
  Order order;
  for (std::size_t i = 0; i < agents_.size(); ++i)
    if (agents_[i].state != AgentState::kLost) order.waiting.insert(static_cast<int>(i + 1));
  order.then = std::move(then);
  orders_.emplace(++last_serial_, std::move(order));
  return last_serial_;
}

void TestRun::OnControlled(int number, std::uint64_t serial) {
  const auto order = orders_.find(serial);
  if (order == orders_.end()) return;
  order->second.waiting.erase(number);
  if (!order->second.waiting.empty()) return;
  const Continue then = std::move(order->second.then);
  orders_.erase(order);
  then();
}

void TestRun::ForgetOrders(int number) {
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, order] : orders_) serials.push_back(serial);
  for (const std::uint64_t serial : serials) OnControlled(number, serial);
}

// ---- setup() and teardown()

void TestRun::CallForApi(v1::Call::Function function, const Reply& reply) {
  const bool setup = function == v1::Call::SETUP;
  const auto refuse = [&](const std::string& why) {
    reply(ErrorResponse(500, setup ? "Error executing setup" : "Error executing teardown", why));
  };
  const bool calling = phase_ == terminal::Phase::kSetup || (scenarios_done_ && !ended_);
  if (api_call_ || calling) return refuse("another call of setup() or teardown() goes on");
  if (stop_ || ended_) return refuse("the test is over");
  if (!All(AgentState::kReady) || FirstLive() == 0) return refuse("the VUs are not ready yet");
  const auto& options = inputs_.plan.options;
  if (!HasFunction(setup ? "setup" : "teardown")) {
    if (setup) setup_json_.reset();
    return reply(setup ? rest::SetupDataResponse(setup_json_) : rest::Response{});
  }
  api_call_ = reply;
  SendCall(function, setup ? std::nullopt : setup_json_,
           setup ? options.setup_timeout : options.teardown_timeout);
}

void TestRun::OnApiCallDone(const v1::CallDone* done) {
  const Reply reply = std::exchange(api_call_, nullptr);
  const bool setup = call_function_ == v1::Call::SETUP;
  const char* title = setup ? "Error executing setup" : "Error executing teardown";
  if (done == nullptr) return reply(ErrorResponse(500, title, "the agent was lost"));
  if (done->has_failure()) return reply(ErrorResponse(500, title, done->failure().message()));
  if (!setup) return reply({200, "", ""});
  setup_json_.reset();
  if (done->has_result()) setup_json_ = done->result_json();
  reply(rest::SetupDataResponse(setup_json_));
}

// ---- --linger

void TestRun::Linger() {
  if (!inputs_.plan.linger || (stop_ && stop_->code == ErrorCode::kSignal)) return;
  lingering_ = true;
  // What the API shows is that of the end.
  static_cast<void>(evaluator_.Judge(aggregate_.totals(), Elapsed()));
  judged_ = true;
  if (hooks_.say) {
    hooks_.say(
        "The test is done, but --linger was enabled, so loadctl is waiting for Ctrl+C to "
        "continue...");
  }
  Wait([this] { return !lingering_; }, Clock::time_point::max(), true);
}

}  // namespace loadctl::controller
