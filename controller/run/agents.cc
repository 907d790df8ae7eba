#include "controller/run/agents.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/duration.h"
#include "common/base/saturating.h"
#include "common/bundle/bundle.h"
#include "common/metrics/builtin.h"
#include "common/metrics/delta.h"
#include "common/metrics/submetric.h"
#include "common/wire/assignment.h"
#include "common/wire/secrets.h"
#include "controller/results/start_lag.h"

namespace loadctl::controller {
namespace {

/// What agents are told of, so that a delta can be held against it; all of it was parsed before.
metrics::MetricSet KnownMetrics(const RunInputs& inputs,
                                const std::vector<std::string>& submetrics) {
  metrics::MetricSet known;
  for (const auto& metric : inputs.inspection.metrics)
    static_cast<void>(wire::DeclareMetric(metric, known));
  for (const auto& name : submetrics) {
    const auto selector = metrics::ParseSelector(name);
    if (selector) static_cast<void>(known.Keep(*selector));
  }
  return known;
}

}  // namespace

Agents::Agents(const RunInputs& inputs, const std::vector<std::string>& submetrics,
               fleet::Fleet& fleet, aggregate::Aggregate::Second second)
    : inputs_(inputs),
      submetrics_(submetrics),
      fleet_(fleet),
      packed_(
          std::make_shared<const std::string>(inputs.inspection.bundle.Pack(inputs.agents_are))),
      bundle_hash_(bundle::Sha256(*packed_)),
      aggregate_(inputs.agents, std::move(second), KnownMetrics(inputs, submetrics)) {
  for (int agent = 1; agent <= inputs.agents; ++agent)
    agents_.emplace_back(AgentProtocol(agent, inputs.agents));
}

// ---- what they are told

void Agents::Prepare() {
  // The same to all, but for the segment; what it tells of was checked before.
  if (auto told = wire::ToldMetrics(PrepareOf(1))) told_ = std::move(*told);
  for (int agent = 1; agent <= count(); ++agent) {
    v1::ToAgent message;
    *message.mutable_prepare() = PrepareOf(agent);
    Send(agent, std::move(message));
    At(agent).advanced = Clock::now();
  }
}

v1::Prepare Agents::PrepareOf(int agent) const {
  const wire::RunDescription run{inputs_.run,
                                 bundle_hash_,
                                 inputs_.inspection.main_url,
                                 inputs_.plan.options,
                                 inputs_.plan.runtime.env,
                                 inputs_.inspection.metrics,
                                 submetrics_,
                                 static_cast<std::uint32_t>(inputs_.agents),
                                 inputs_.workers,
                                 inputs_.vus_per_isolate,
                                 inputs_.max_heap,
                                 inputs_.samples,
                                 inputs_.parts,
                                 inputs_.vu_isolation,
                                 inputs_.cpu_profile,
                                 inputs_.max_busy};
  v1::Prepare prepare = wire::WritePrepare(run, AssignmentOf(agent));
  if (inputs_.debugging)
    prepare.mutable_debugging()->set_pause_at_start(inputs_.debugging->pause_at_start);
  if (inputs_.secrets) *prepare.mutable_secrets() = wire::WriteSecrets(inputs_.secrets->sources);
  return prepare;
}

void Agents::SendBundle(int agent) { fleet_.SendBundle(agent, packed_); }

void Agents::Begin(Clock::time_point now) {
  packed_.reset();
  begun_ = looked_ = now;
  for (int agent = 1; agent <= count(); ++agent) {
    v1::ToAgent message;
    message.mutable_begin()->set_agent_ns(ToAgentClock(agent, now));
    Send(agent, std::move(message));
  }
}

void Agents::Start(Clock::time_point at, const std::optional<std::string>& setup_json) {
  for (int agent = 1; agent <= count(); ++agent) {
    if (IsLost(agent)) continue;
    v1::ToAgent message;
    auto* start = message.mutable_start();
    start->set_agent_ns(ToAgentClock(agent, at));
    start->set_has_setup_data(setup_json.has_value());
    if (setup_json) start->set_setup_json(*setup_json);
    Send(agent, std::move(message));
  }
}

void Agents::Send(int agent, v1::ToAgent message) {
  At(agent).protocol.Told(message);
  fleet_.Send(agent, std::move(message));
}

void Agents::ToDebugged(const v1::Debugger& told) {
  if (IsLost(1)) return;
  v1::ToAgent message;
  *message.mutable_debugger() = told;
  Send(1, std::move(message));
}

void Agents::GiveUpStuck(Clock::time_point now, std::chrono::milliseconds patience) {
  for (int number = 1; number <= count(); ++number) {
    Agent& agent = At(number);
    if (agent.state != State::kAttached) continue;
    const std::size_t chunks = Info(number).chunks;
    if (std::exchange(agent.chunks, chunks) != chunks) agent.advanced = now;
    if (now - agent.advanced < patience) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    GiveUp(number, "it has " + std::to_string(agent.progress.initialized_vus()) +
                       " VUs and made none for " + std::to_string(seconds.count()) + "s");
    agent.advanced = now;
  }
}

void Agents::GiveUpSilent(Clock::time_point now, std::chrono::milliseconds patience) {
  constexpr std::chrono::nanoseconds kLongestLook = std::chrono::seconds(1);
  const auto passed = std::min<std::chrono::nanoseconds>(now - looked_, kLongestLook);
  looked_ = now;
  for (int number = 1; number <= count(); ++number) {
    Agent& agent = At(number);
    if (agent.state != State::kReady && agent.state != State::kRan) continue;
    agent.silent += passed;
    if (agent.silent <= patience) continue;
    agent.silent = {};
    GiveUp(number, "it has sent no figures for " + FormatGoDuration(patience));
  }
}

void Agents::GiveUpClockless() {
  for (int agent = 1; agent <= count(); ++agent) {
    if (!IsLost(agent) && Info(agent).clock_samples == 0)
      GiveUp(agent, "it does not answer what time its clock shows");
  }
}

void Agents::SendToLive(const v1::ToAgent& message) {
  for (int agent = 1; agent <= count(); ++agent) {
    if (At(agent).state != State::kLost && At(agent).state != State::kExpected)
      Send(agent, message);
  }
}

void Agents::GiveUpBelow(State state, const std::string& why) {
  for (int agent = 1; agent <= count(); ++agent)
    if (At(agent).state < state) GiveUp(agent, why);
}

void Agents::GiveUp(int agent, const std::string& why) {
  At(agent).given_up = true;
  fleet_.GiveUp(agent, why);
}

// ---- what they say

bool Agents::MaySay(int agent, const v1::FromAgent& message) {
  if (At(agent).given_up) return false;
  const std::string wrong = At(agent).protocol.WhyWrong(message, inputs_.plan.options);
  if (!wrong.empty()) GiveUp(agent, wrong);
  return wrong.empty();
}

void Agents::OnProgress(int agent, v1::Progress progress) {
  if (progress.initialized_vus() > At(agent).progress.initialized_vus())
    At(agent).advanced = Clock::now();
  At(agent).progress = std::move(progress);
}

void Agents::OnReady(int agent, std::int64_t vus) {
  At(agent).state = State::kReady;
  At(agent).progress.set_initialized_vus(vus);
}

std::optional<v1::AgentHealth> Agents::OnDelta(int agent, const v1::Delta& told) {
  const auto give_up = [&](const std::string& why) {
    GiveUp(agent, why);
    return std::nullopt;
  };
  if (told.assignment() != AssignmentOf(agent))
    return give_up("it reports of an assignment that is not its own");
  auto delta = metrics::DecodeDelta(told.encoded(), &told_);
  if (!delta) return give_up(delta.error().message);
  delta->agent = agent;
  // Agents round their seconds down; the rest is for clocks that are not quite ours.
  constexpr std::int64_t kAhead = 5;
  const auto second = std::chrono::floor<std::chrono::seconds>(Clock::now() - begun_);
  if (delta->interval > second.count() + kAhead)
    return give_up("its figures are of seconds to come");
  const std::chrono::seconds measured_to(delta->interval + 1);
  std::optional<metrics::TrendSink> lag;
  for (const auto& series : delta->series) {
    if (series.metric == metrics::Describe(metrics::Builtin::kStartLag).name &&
        series.suffix.empty() && std::holds_alternative<metrics::TrendSink>(series.sink))
      lag = std::get<metrics::TrendSink>(series.sink);
  }
  switch (aggregate_.Add(std::move(*delta))) {
    case aggregate::Acceptance::kAccepted:
      At(agent).silent = {};
      if (lag) {
        At(agent).start_lag.Merge(*lag);
        At(agent).lag_now.Merge(*lag);
      }
      if (!told.has_health()) return std::nullopt;
      return HealthNow(agent, told.health(), measured_to);
    case aggregate::Acceptance::kRepeat:
    case aggregate::Acceptance::kLost:
      return std::nullopt;
    case aggregate::Acceptance::kInvalid:
      return give_up("its figures cannot be right: " + aggregate_.agent(agent).refusal);
    default:
      return give_up("its figures do not follow those before");
  }
}

v1::AgentHealth Agents::HealthNow(int number, const v1::Health& told,
                                  std::chrono::seconds measured_to) {
  Agent& agent = At(number);
  v1::AgentHealth now;
  *now.mutable_health() = told;
  if (!agent.lag_now.empty()) *now.mutable_start_lag() = StartLagOf(agent.lag_now);
  agent.lag_now.Clear();
  now.set_active_vus(agent.progress.active_vus());
  const std::chrono::nanoseconds delay = Clock::now() - begun_ - measured_to;
  now.set_delay_ns(std::max<std::int64_t>(delay.count(), 0));
  const auto info = Info(number);
  if (info.clock_samples > 0) now.set_round_trip_ns(info.round_trip.count());
  return now;
}

void Agents::OnRunDone(int agent, const v1::RunDone& done,
                       const std::optional<Witnessed>& witnessed) {
  At(agent).run_done = done;
  // By the plan, not by what the agent says of it; but for a test that was stopped.
  const auto share = ShareOf(inputs_.plan.options, agent, inputs_.agents);
  std::int64_t planned = SaturatingAdd(done.started(), done.dropped());
  if (share && witnessed) {
    planned = PlannedIterations(done, inputs_.plan.options, *share);
    At(agent).shortfall = WhyShort(done, inputs_.plan.options, *share, *witnessed);
  }
  At(agent).run_done->set_planned(planned);
  At(agent).state = State::kRan;
}

void Agents::OnFlushed(int agent, const v1::Flushed& flushed) {
  At(agent).deltas_sent = flushed.deltas();
  At(agent).health = flushed.health();
  At(agent).state = State::kFlushed;
}

bool Agents::OnLost(int agent) {
  if (IsLost(agent)) return false;
  const bool had_all = At(agent).state == State::kFlushed;
  At(agent).state = State::kLost;
  aggregate_.MarkLost(agent);
  return !had_all;
}

// ---- how they stand

bool Agents::All(State at_least) const {
  return std::all_of(agents_.begin(), agents_.end(),
                     [&](const Agent& agent) { return agent.state >= at_least; });
}

int Agents::FirstLive() const {
  for (int agent = 1; agent <= count(); ++agent)
    if (At(agent).state != State::kLost && At(agent).state != State::kExpected) return agent;
  return 0;
}

std::string Agents::Missing() const {
  std::string missing;
  for (int agent = 1; agent <= count(); ++agent) {
    if (At(agent).state == State::kExpected)
      missing += (missing.empty() ? "" : ", ") + std::to_string(agent);
  }
  return missing;
}

std::int64_t Agents::ToAgentClock(int agent, Clock::time_point at) const {
  return (at.time_since_epoch() + Info(agent).clock_offset).count();
}

std::chrono::nanoseconds Agents::LongestRoundTrip() const {
  std::chrono::nanoseconds longest{0};
  for (int agent = 1; agent <= count(); ++agent)
    longest = std::max(longest, Info(agent).round_trip);
  return longest;
}

v1::Progress Agents::Progress() const {
  std::int64_t active = 0, initialized = 0, complete = 0, interrupted = 0;
  for (const auto& agent : agents_) {
    const auto& progress = agent.progress;
    active = SaturatingAdd(active, progress.active_vus());
    initialized = SaturatingAdd(initialized, progress.initialized_vus());
    complete =
        SaturatingAdd(complete, agent.run_done ? agent.run_done->complete() : progress.complete());
    interrupted = SaturatingAdd(
        interrupted, agent.run_done ? agent.run_done->interrupted() : progress.interrupted());
  }
  v1::Progress sum;
  sum.set_active_vus(active);
  sum.set_initialized_vus(initialized);
  sum.set_complete(complete);
  sum.set_interrupted(interrupted);
  return sum;
}

bool Agents::ScenarioProgress(const std::string& name, v1::ScenarioProgress& sum) const {
  bool any = false;
  for (const auto& agent : agents_) {
    for (const auto& part : agent.progress.scenarios()) {
      if (part.name() != name) continue;
      sum.set_state(any ? std::min(sum.state(), part.state()) : part.state());
      sum.set_complete(SaturatingAdd(sum.complete(), part.complete()));
      sum.set_vus(SaturatingAdd(sum.vus(), part.vus()));
      sum.set_active_vus(SaturatingAdd(sum.active_vus(), part.active_vus()));
      sum.set_lasted_ns(std::max(sum.lasted_ns(), part.lasted_ns()));
      any = true;
    }
  }
  return any;
}

v1::LedgerEntry Agents::LedgerOf(int number, bool started) const {
  const auto& agent = At(number);
  const auto& deltas = aggregate_.agent(number);
  v1::LedgerEntry entry;
  entry.set_agent(static_cast<std::uint32_t>(number));
  entry.set_deltas_sent(agent.deltas_sent);
  entry.set_deltas_merged(deltas.merged);
  *entry.mutable_health() = agent.health;
  entry.set_shortfall(agent.shortfall);
  if (agent.run_done) *entry.mutable_iterations() = *agent.run_done;
  if (!agent.start_lag.empty()) *entry.mutable_start_lag() = StartLagOf(agent.start_lag);
  const auto& count = entry.iterations();
  entry.set_balanced(count.planned() == SaturatingAdd(count.started(), count.dropped()) &&
                     agent.shortfall.empty() && entry.deltas_sent() == entry.deltas_merged() &&
                     deltas.delivered == deltas.merged && deltas.refused == 0 &&
                     (agent.run_done || !started));
  return entry;
}

}  // namespace loadctl::controller
