#include "controller/run/scaled_vus.h"

#include <algorithm>
#include <utility>

namespace loadctl::controller {

ScaledVus::ScaledVus(std::vector<plan::ExecutionTuple> shares) {
  for (auto& share : shares) agents_.push_back({std::move(share), 0, {}, {}, 0});
}

void ScaledVus::Start(TimePoint at) {
  started_ = true;
  for (Agent& agent : agents_) {
    // Told before: streams keep their order, so that it is known when the start is.
    if (!agent.ahead.empty()) agent.vus = agent.ahead.back().vus;
    agent.ahead.clear();
    agent.counted = at;
  }
}

void ScaledVus::Tell(TimePoint now, std::uint64_t serial, std::int64_t vus) {
  for (Agent& agent : agents_) {
    Count(agent, now);
    agent.ahead.push_back({now, serial, agent.share.Scale(vus)});
  }
}

void ScaledVus::Answer(TimePoint now, int agent, std::uint64_t serial) {
  Agent& one = agents_[static_cast<std::size_t>(agent - 1)];
  Count(one, now);
  while (!one.ahead.empty() && one.ahead.front().serial <= serial) {
    one.vus = one.ahead.front().vus;
    one.ahead.pop_front();
  }
}

double ScaledVus::Seconds(int agent, TimePoint end) {
  Agent& one = agents_[static_cast<std::size_t>(agent - 1)];
  Count(one, end);
  return one.seconds;
}

void ScaledVus::Count(Agent& agent, TimePoint now) const {
  if (!started_) return;
  while (!agent.ahead.empty() && agent.ahead.front().at + kHeard <= now) {
    CountTo(agent, agent.ahead.front().at + kHeard);
    agent.vus = agent.ahead.front().vus;
    agent.ahead.pop_front();
  }
  CountTo(agent, now);
}

void ScaledVus::CountTo(Agent& agent, TimePoint now) {
  if (now <= agent.counted) return;
  std::int64_t least = agent.vus;
  for (const Told& told : agent.ahead) least = std::min(least, told.vus);
  agent.seconds +=
      static_cast<double>(least) * std::chrono::duration<double>(now - agent.counted).count();
  agent.counted = now;
}

}  // namespace loadctl::controller
