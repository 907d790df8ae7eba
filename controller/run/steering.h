// Pausing and scaling a running test: all agents at one instant, and done when all say so.
// Not for whether the test is in a state for it (run.h). The run's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/rest/command.h"
#include "controller/run/agents.h"
#include "controller/run/inputs.h"
#include "controller/run/planned.h"
#include "controller/run/run_clock.h"
#include "controller/run/scaled_vus.h"

namespace loadctl::controller {

class Steering final {
 public:
  using Clock = std::chrono::steady_clock;
  /// What is to be done when all agents have done what they were told.
  using Then = std::function<void()>;

  /// All must outlive this.
  Steering(const RunInputs& inputs, Agents& agents, RunClock& clock);

  /// An externally-controlled scenario, as it is wanted now.
  struct External {
    std::string name;
    std::int64_t start_max = 0, vus = 0, max = 0;
    bool changed = false;  ///< from what the plan says
  };
  [[nodiscard]] const std::optional<External>& external() const { return external_; }

  void Pause(bool paused, Then then);
  /// Notes what is wanted of the externally-controlled scenario; the answer if that cannot be.
  [[nodiscard]] std::optional<rest::Response> Want(const rest::StatusChange& change);
  /// Tells the agents what is wanted. Done when they say so and the scenario's VUs run, or a second
  /// later.
  void Scale(Then then);
  /// Looks whether that is so. `over`: it cannot come about any more.
  void Tick(Clock::time_point now, bool over);
  /// The scenarios start at `at`. Orders name instants that never go back: it is the latest.
  void Start(Clock::time_point at);
  [[nodiscard]] Clock::time_point last_at() const { return last_at_; }

  /// What is known of an agent that says at this moment that its scenarios have ended; nothing of a
  /// run that was `stopped`.
  [[nodiscard]] std::optional<Witnessed> WitnessedOf(int agent, bool stopped);

  void OnControlled(int agent, std::uint64_t serial);
  /// It will say nothing any more.
  void OnLost(int agent);

 private:
  struct Order {
    std::set<int> waiting;  ///< agents that have yet to say that they have done it
    Then then;
  };
  std::uint64_t NewOrder(Then then);
  [[nodiscard]] const plan::Scenario& ExternalScenario() const;

  const RunInputs& inputs_;
  Agents& agents_;
  RunClock& clock_;
  std::optional<External> external_;
  std::optional<ScaledVus> scaled_;  // where there is one
  std::map<std::uint64_t, Order> orders_;
  struct Settling {
    Clock::time_point deadline;
    Then then;
  };
  std::vector<Settling> settling_;  ///< agents have done it, and their VUs are on their way
  std::uint64_t last_serial_ = 0;
  Clock::time_point last_at_{};
};

}  // namespace loadctl::controller
