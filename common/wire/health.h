// How often an agent says how it does (AgentHealth), for the agent and for whoever waits for it.
// Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace loadctl::wire {

/// With each delta so many seconds after the last: at most some hundred say so in a second, of all
/// agents of the run.
[[nodiscard]] constexpr std::chrono::seconds HealthEvery(std::uint32_t agents) {
  return std::chrono::seconds(std::max<std::uint32_t>(2, agents / 100));
}

}  // namespace loadctl::wire
