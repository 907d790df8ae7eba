// The agents of one run, numbered 1..N: what each was told, has said and has delivered.
// Not for how they came (fleet) nor for what the run does next (run.h). The run's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/metrics/registry.h"
#include "common/metrics/sink.h"
#include "controller/aggregate/aggregate.h"
#include "controller/fleet/fleet.h"
#include "controller/run/agent_protocol.h"
#include "controller/run/inputs.h"
#include "controller/run/planned.h"

namespace loadctl::controller {

class Agents final {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State { kExpected, kAttached, kReady, kRan, kFlushed, kLost };

  /// All must outlive this. `submetrics` are kept besides the script's metrics; `second` gets what
  /// all agents measured in one.
  Agents(const RunInputs& inputs, const std::vector<std::string>& submetrics, fleet::Fleet& fleet,
         aggregate::Aggregate::Second second);

  // ---- what they are told

  void Prepare();
  void SendBundle(int agent);
  void Begin(Clock::time_point now);
  void Start(Clock::time_point at, const std::optional<std::string>& setup_json);
  /// To all that are there.
  void SendToLive(const v1::ToAgent& message);
  void Send(int agent, v1::ToAgent message);
  /// To the script on the first agent, which is debugged.
  void ToDebugged(const v1::Debugger& message);
  /// Those that have not come so far are given up.
  void GiveUpBelow(State state, const std::string& why);
  /// Those that are not ready and have not come nearer to it for so long.
  void GiveUpStuck(Clock::time_point now, std::chrono::milliseconds patience);
  /// Those that sent no figures for so long, after Begin(). Time in which this program did not look
  /// is not theirs.
  void GiveUpSilent(Clock::time_point now, std::chrono::milliseconds patience);
  /// Those whose clock is not known, so that no instant can be named to them.
  void GiveUpClockless();
  void GiveUp(int agent, const std::string& why);

  // ---- what they say

  /// Whether it may say this now (agent_protocol.h); if not, it is given up. One that was given up
  /// may say nothing more, though its loss is not yet told: it would look as if all had come.
  [[nodiscard]] bool MaySay(int agent, const v1::FromAgent& message);
  void OnAttached(int agent) { At(agent).state = State::kAttached; }
  void OnReady(int agent, std::int64_t vus);
  void OnProgress(int agent, v1::Progress progress);
  /// A delta that cannot be right costs the agent its place. What it says of the agent's health, if
  /// it was taken and says something.
  [[nodiscard]] std::optional<v1::AgentHealth> OnDelta(int agent, const v1::Delta& told);
  /// Without `witnessed` the run was stopped, so that it may have done less than its share.
  void OnRunDone(int agent, const v1::RunDone& done, const std::optional<Witnessed>& witnessed);
  void OnFlushed(int agent, const v1::Flushed& flushed);
  /// False if that is known, or if the agent had delivered everything before.
  bool OnLost(int agent);
  /// All have delivered what they will: the last seconds are given out.
  void FinishDeltas() { aggregate_.Finish(); }

  // ---- how they stand

  [[nodiscard]] int count() const { return static_cast<int>(agents_.size()); }
  [[nodiscard]] bool All(State at_least) const;
  [[nodiscard]] bool IsLost(int agent) const { return At(agent).state == State::kLost; }
  /// The first that is there, or 0.
  [[nodiscard]] int FirstLive() const;
  /// Numbers of those that have not yet come, as a list for people.
  [[nodiscard]] std::string Missing() const;
  [[nodiscard]] fleet::AgentInfo Info(int agent) const { return fleet_.Info(agent); }
  [[nodiscard]] std::int64_t ToAgentClock(int agent, Clock::time_point at) const;
  [[nodiscard]] std::chrono::nanoseconds LongestRoundTrip() const;
  /// Of all agents, summed: VUs and iterations; without scenarios.
  [[nodiscard]] v1::Progress Progress() const;
  /// Of one scenario, summed: `state` is that of the least advanced, `lasted_ns` the longest; false
  /// if no agent has said anything of it.
  bool ScenarioProgress(const std::string& name, v1::ScenarioProgress& sum) const;
  /// `started`: the run's scenarios were to start, so that an agent that says nothing of its
  /// iterations does not balance.
  [[nodiscard]] v1::LedgerEntry LedgerOf(int agent, bool started) const;

 private:
  struct Agent {
    explicit Agent(AgentProtocol said) : protocol(std::move(said)) {}
    State state = State::kExpected;
    bool given_up = false;  ///< OnLost() follows
    v1::Progress progress;
    std::size_t chunks = 0;              ///< of the bundle, sent
    Clock::time_point advanced{};        ///< when it last came nearer to being ready
    std::chrono::nanoseconds silent{0};  ///< since its last delta, as far as somebody looked
    AgentProtocol protocol;
    std::optional<v1::RunDone> run_done;  ///< `planned` by the plan
    std::string shortfall;                ///< of its share; empty: none
    std::uint64_t deltas_sent = 0;
    metrics::TrendSink start_lag;  ///< of its deltas taken so far
    metrics::TrendSink lag_now;    ///< of those since it last told its health
    v1::Health health;
  };
  [[nodiscard]] Agent& At(int agent) { return agents_[static_cast<std::size_t>(agent - 1)]; }
  [[nodiscard]] const Agent& At(int agent) const {
    return agents_[static_cast<std::size_t>(agent - 1)];
  }
  [[nodiscard]] v1::Prepare PrepareOf(int agent) const;
  [[nodiscard]] v1::AgentHealth HealthNow(int agent, const v1::Health& told,
                                          std::chrono::seconds measured_to);
  /// Each agent has one assignment, numbered as the agent is.
  [[nodiscard]] static std::uint32_t AssignmentOf(int agent) {
    return static_cast<std::uint32_t>(agent);
  }

  const RunInputs& inputs_;
  const std::vector<std::string>& submetrics_;
  fleet::Fleet& fleet_;
  std::shared_ptr<const std::string> packed_;  // the bundle; null once all have it
  const std::string bundle_hash_;
  metrics::MetricSet told_;  // the metrics that agents know by number
  aggregate::Aggregate aggregate_;
  Clock::time_point begun_{}, looked_{};
  std::vector<Agent> agents_;
};

}  // namespace loadctl::controller
