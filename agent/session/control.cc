// What a controller may ask at all, and what a user asks of a running test: to pause, to go on, to
// scale.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "agent/session/agent_run.h"

namespace loadctl::session {

bool AgentRun::MayAsk(const v1::ToAgent& message) {
  const std::string why = protocol_.WhyWrong(message, std::chrono::steady_clock::now());
  if (why.empty()) return true;
  std::fprintf(stderr, "loadctl-agent: the controller is not followed: %s\n", why.c_str());
  Stop();
  callbacks_.finished();
  return false;
}

void AgentRun::Order(std::uint64_t serial, vu::TimePoint at, bool pause) {
  orders_.push_back({serial, at, pause});
  FollowOrders();
}

void AgentRun::FollowOrders() {
  while (!orders_.empty()) {
    const PauseOrder order = orders_.front();
    if (std::chrono::steady_clock::now() < order.at) return conductor_.Arm(orders_timer_, order.at);
    orders_.pop_front();
    paused_ = order.pause;
    // The named instant, not the present: so all agents' clocks stand still equally long.
    for (auto& run : scenarios_) order.pause ? run->Pause(order.at) : run->Resume(order.at);
    if (!paused_ && !stopping_) ArmStarts();
    SendControlled(order.serial);
  }
}

void AgentRun::Scale(const v1::Scale& scale) {
  const auto run = std::find_if(scenarios_.begin(), scenarios_.end(), [&](const auto& one) {
    return one->scenario().name == scale.scenario();
  });
  if (run == scenarios_.end()) return SendControlled(scale.serial());
  const std::int64_t most = share().Scale(scale.max_vus());
  pool_->Allow(std::max<std::int64_t>(most - (*run)->most(), 0));
  (*run)->Scale(share().Scale(scale.vus()), most,
                [this, serial = scale.serial()] { SendControlled(serial); });
}

void AgentRun::SendControlled(std::uint64_t serial) {
  v1::FromAgent message;
  message.mutable_controlled()->set_serial(serial);
  PutProgress(*message.mutable_controlled()->mutable_progress());
  Send(std::move(message));
}

}  // namespace loadctl::session
