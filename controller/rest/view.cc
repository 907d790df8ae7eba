#include "controller/rest/view.h"

#include <algorithm>
#include <utility>

#include "common/metrics/delta.h"

namespace loadctl::rest {
namespace {

using Phase = v1::RunProgress;
using Kind = Command::Kind;

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

State StateOf(v1::RunProgress::Phase phase) {
  switch (phase) {
    case Phase::STARTING:
      return kCreated;
    case Phase::INIT:
      return kInitVus;
    case Phase::PAUSED:
      return kPausedBeforeRun;
    case Phase::SETUP:
      return kSetup;
    case Phase::RUNNING:
      return kRunning;
    case Phase::TEARDOWN:
      return kTeardown;
    default:
      return kEnded;
  }
}

}  // namespace

void View::On(const v1::RunEvent& event) {
  const std::lock_guard lock(mutex_);
  if (event.number() > 0) at_ns_ = event.at_ns();
  if (event.has_planned()) {
    auto results = controller::Results::Make(event.planned());
    if (results) results_.emplace(std::move(*results));
  }
  if (event.has_phase()) phase_ = event.phase();
  if (event.has_agent()) Take(event.agent());
  if (event.has_second()) {
    if (const auto second = metrics::DecodeDelta(event.second().delta())) recent_.Take(*second);
  }
  if (event.has_progress()) progress_ = event.progress();
  if (event.has_outcome() && event.outcome().has_progress()) progress_ = event.outcome().progress();
  if (results_) results_->On(event);
}

void View::Take(const v1::AgentEvent& event) {
  constexpr std::size_t kMostAgents = 10000;
  if (!agents_.contains(event.agent()) && agents_.size() >= kMostAgents) return;
  AgentFacts& agent = agents_[event.agent()];
  agent.agent = event.agent();
  if (event.has_attached()) {
    agent.state = "attached";
    agent.name = event.attached().name();
    agent.workers = event.attached().workers();
  }
  if (event.has_ready()) {
    agent.state = "ready";
    agent.vus = event.ready().vus();
    if (event.ready().workers() != 0) agent.workers = event.ready().workers();
  }
  if (event.has_health()) agent.health = event.health();
  if (event.has_ledger() && agent.state != "lost") agent.state = "done";
  if (!event.has_lost()) return;
  agent.state = "lost";
  agent.why = event.lost();
}

Response View::Describe(int pid, const std::string& script) const {
  const std::lock_guard lock(mutex_);
  RunFacts facts;
  facts.pid = pid;
  facts.script = script;
  facts.status = MakeStatus();
  facts.seconds = static_cast<double>(at_ns_) / 1e9;
  facts.max_seconds = static_cast<double>(progress_.max_duration_ns()) / 1e9;
  facts.iterations = progress_.complete_iterations();
  facts.interrupted = progress_.interrupted_iterations();
  facts.recent = recent_.figures();
  for (const auto& [number, agent] : agents_) facts.agents.push_back(agent);
  return RunResponse(facts);
}

std::optional<Response> View::Answer(const Command& command) const {
  const std::lock_guard lock(mutex_);
  const bool judged = results_ && results_->thresholds();
  switch (command.kind) {
    case Kind::kStatus:
      return StatusResponse(MakeStatus());
    case Kind::kMetrics:
      return MetricsResponse(MakeSummary(), judged);
    case Kind::kMetric:
      return MetricResponse(MakeSummary(), judged, command.text);
    case Kind::kGroups:
      return GroupsResponse(MakeSummary());
    case Kind::kGroup:
      return GroupResponse(MakeSummary(), command.text);
    case Kind::kSetupData:
      return SetupDataResponse(results_ ? results_->setup_data() : std::nullopt);
    default:
      return std::nullopt;
  }
}

Response View::AnswerStatus() const {
  const std::lock_guard lock(mutex_);
  return StatusResponse(MakeStatus());
}

Status View::MakeStatus() const {
  Status status;
  const bool stopped = results_ && results_->stopped();
  const bool begun = phase_.phase() >= Phase::SETUP;
  status.status = StateOf(phase_.phase());
  if (begun && stopped && phase_.phase() >= Phase::TEARDOWN) status.status = kInterrupted;
  if (begun && !stopped && results_ && results_->marked_failed()) status.status = kMarkedAsFailed;
  status.paused = phase_.paused();
  status.vus = phase_.phase() >= Phase::ENDED ? 0 : progress_.active_vus();
  status.vus_max = progress_.initialized_vus();
  status.stopped = stopped;
  status.running = begun && status.status != kEnded;
  if (!results_ || !results_->thresholds()) return status;
  for (const auto& metric : results_->thresholds()->metrics()) {
    status.tainted =
        status.tainted ||
        std::any_of(metric.thresholds().begin(), metric.thresholds().end(),
                    [](const auto& verdict) { return !verdict.ok() && !verdict.warn(); });
  }
  return status;
}

summary::Summary View::MakeSummary() const {
  if (!results_) return {};
  return results_->Snapshot(std::chrono::nanoseconds(at_ns_));
}

}  // namespace loadctl::rest
