#include "controller/run/steering.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/time.h"
#include "controller/rest/render.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using rest::ErrorResponse;

// From the message to its instant: enough for it to be there before that.
constexpr auto kOrderAhead = 10ms;
// From an agent's word that VUs are made to the first progress that has them at work.
constexpr auto kSettleTime = 1s;

}  // namespace

Steering::Steering(const RunInputs& inputs, Agents& agents, RunClock& clock)
    : inputs_(inputs), agents_(agents), clock_(clock) {
  for (const auto& scenario : inputs.plan.options.scenarios) {
    const auto* config = std::get_if<plan::ExternallyControlled>(&scenario.executor);
    if (config == nullptr || external_) continue;
    external_ = External{scenario.name, config->Max(), config->vus, config->Max()};
  }
  if (!external_) return;
  std::vector<plan::ExecutionTuple> shares;
  for (int agent = 1; agent <= inputs.agents; ++agent)
    shares.push_back(
        ShareOf(inputs.plan.options, agent, inputs.agents).value_or(plan::ExecutionTuple()));
  scaled_.emplace(std::move(shares));
  scaled_->Tell({}, 0, external_->vus);
}

const plan::Scenario& Steering::ExternalScenario() const {
  const auto& scenarios = inputs_.plan.options.scenarios;
  return *std::find_if(scenarios.begin(), scenarios.end(),
                       [this](const auto& scenario) { return scenario.name == external_->name; });
}

void Steering::Start(Clock::time_point at) {
  last_at_ = at;
  if (scaled_) scaled_->Start(Later(*clock_.started(), ExternalScenario().start_time));
}

std::optional<Witnessed> Steering::WitnessedOf(int agent, bool stopped) {
  if (stopped || !clock_.started()) return std::nullopt;
  Witnessed known;
  const auto now = std::max(clock_.OwnNow(), *clock_.started());
  known.lasted = now - *clock_.started();
  if (!scaled_) return known;
  const plan::Scenario& scenario = ExternalScenario();
  known.scaled = scenario.name;
  known.scaled_vu_seconds =
      scaled_->Seconds(agent, std::min(now, Later(Later(*clock_.started(), scenario.start_time),
                                                  plan::RegularDuration(scenario))));
  return known;
}

void Steering::Pause(bool paused, Then then) {
  const auto at =
      std::max(Clock::now() + kOrderAhead + 4 * agents_.LongestRoundTrip(), last_at_ + 1ns);
  last_at_ = at;
  paused ? clock_.Pause(at) : clock_.Resume(at);
  const std::uint64_t serial = NewOrder(std::move(then));
  for (const int agent : std::set<int>(orders_.at(serial).waiting)) {
    v1::ToAgent message;
    if (paused) {
      message.mutable_pause()->set_serial(serial);
      message.mutable_pause()->set_agent_ns(agents_.ToAgentClock(agent, at));
    } else {
      message.mutable_resume()->set_serial(serial);
      message.mutable_resume()->set_agent_ns(agents_.ToAgentClock(agent, at));
    }
    agents_.Send(agent, std::move(message));
  }
}

std::optional<rest::Response> Steering::Want(const rest::StatusChange& change) {
  if (!external_) {
    return ErrorResponse(500, "Execution config error",
                         "an externally-controlled executor needs to be configured for live "
                         "configuration updates");
  }
  plan::Scenario wanted = ExternalScenario();
  auto& config = std::get<plan::ExternallyControlled>(wanted.executor);
  config.vus = change.vus.value_or(external_->vus);
  config.max_vus = change.vus_max.value_or(external_->max);
  std::string problems;
  for (const auto& problem : plan::ValidateScenario(wanted))
    problems += (problems.empty() ? "invalid configuration supplied: " : ", ") + problem;
  if (problems.empty() && *config.max_vus < external_->start_max) {
    problems = "the new number of max VUs cannot be lower than the starting number of max VUs (" +
               std::to_string(external_->start_max) + ")";
  }
  if (!problems.empty()) return ErrorResponse(400, "Config update error", problems);
  external_->vus = config.vus;
  external_->max = *config.max_vus;
  external_->changed = true;
  return std::nullopt;
}

void Steering::Scale(Then then) {
  const std::uint64_t serial = NewOrder([this, then = std::move(then)] {
    settling_.push_back({Clock::now() + kSettleTime, then});
  });
  v1::ToAgent message;
  auto* scale = message.mutable_scale();
  scale->set_serial(serial);
  scale->set_scenario(external_->name);
  scale->set_vus(external_->vus);
  scale->set_max_vus(external_->max);
  scaled_->Tell(clock_.OwnNow(), serial, external_->vus);
  agents_.SendToLive(message);
}

void Steering::Tick(Clock::time_point now, bool over) {
  if (settling_.empty()) return;
  v1::ScenarioProgress sum;
  const bool there =
      agents_.ScenarioProgress(external_->name, sum) && sum.active_vus() == external_->vus;
  std::vector<Settling> waiting = std::exchange(settling_, {});
  for (Settling& one : waiting) {
    if (there || over || now >= one.deadline) {
      one.then();
    } else {
      settling_.push_back(std::move(one));
    }
  }
}

std::uint64_t Steering::NewOrder(Then then) {
  Order order;
  for (int agent = 1; agent <= agents_.count(); ++agent)
    if (!agents_.IsLost(agent)) order.waiting.insert(agent);
  order.then = std::move(then);
  orders_.emplace(++last_serial_, std::move(order));
  return last_serial_;
}

void Steering::OnControlled(int agent, std::uint64_t serial) {
  const auto order = orders_.find(serial);
  if (order == orders_.end()) return;
  order->second.waiting.erase(agent);
  if (scaled_) scaled_->Answer(clock_.OwnNow(), agent, serial);
  if (!order->second.waiting.empty()) return;
  const Then then = std::move(order->second.then);
  orders_.erase(order);
  then();
}

void Steering::OnLost(int agent) {
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, order] : orders_) serials.push_back(serial);
  for (const std::uint64_t serial : serials) OnControlled(agent, serial);
}

}  // namespace loadctl::controller
