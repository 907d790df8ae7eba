#include "agent/executor/scenario_run.h"

#include <algorithm>
#include <utility>

#include "agent/vu/clock.h"
#include "common/base/saturating.h"
#include "common/base/time.h"
#include "common/plan/planned_iterations.h"

namespace loadctl::executor {

ScenarioRun::ScenarioRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host)
    : scenario_(std::move(scenario)),
      tuple_(tuple),
      iteration_tuple_(plan::IterationTuple(scenario_, tuple)),
      vus_(plan::HasWork(scenario_, tuple) ? plan::VusOf(scenario_, tuple) : 0),
      host_(std::move(host)),
      parts_(host_.pool.workers().size()) {
  known_ = plan::IterationsOf(scenario_, tuple_).has_value();
}

ScenarioCounts ScenarioRun::counts() const {
  ScenarioCounts sum;
  for (const Part& part : parts_) {
    sum.started += part.started.load(std::memory_order_relaxed);
    sum.complete += part.complete.load(std::memory_order_relaxed);
    sum.interrupted += part.interrupted.load(std::memory_order_relaxed);
    sum.exceptions += part.exceptions.load(std::memory_order_relaxed);
    sum.active += part.active.load(std::memory_order_relaxed);
  }
  sum.dropped = dropped_.load(std::memory_order_relaxed);
  sum.vus = has_vus_.load(std::memory_order_relaxed);
  sum.first_start_ns = first_start_ns_.load(std::memory_order_relaxed);
  sum.vu_time_us = vu_time_us_.load(std::memory_order_relaxed);
  return sum;
}

std::optional<std::int64_t> ScenarioRun::PlannedIterations() const {
  return plan::PlannedIterations(scenario_, tuple_);
}

bool ScenarioRun::MayGetVus() const {
  return std::holds_alternative<plan::ExternallyControlled>(scenario_.executor);
}

ScenarioState ScenarioRun::State(TimePoint now) const {
  if (done_) return ScenarioState::kDone;
  if (!info_ || OwnTime(now) < start_) return ScenarioState::kWaiting;
  if (OwnTime(now) < Later(start_, plan::RegularDuration(scenario_)))
    return ScenarioState::kRunning;
  return ScenarioState::kStopping;
}

// ---- the conductor

void ScenarioRun::Begin(TimePoint run_start) {
  start_ = Later(run_start, scenario_.start_time);
  cut_ = Later(run_start, plan::EndOffset(scenario_));
  info_ = std::make_shared<vu::ScenarioInfo>();
  info_->name = scenario_.name;
  info_->executor = plan::ExecutorName(scenario_.executor);
  info_->exec = plan::ExecFunction(scenario_);
  info_->env = {scenario_.env.begin(), scenario_.env.end()};
  info_->tags = {scenario_.tags.begin(), scenario_.tags.end()};
  info_->http_version = plan::OptionOf(scenario_, "httpVersion");
  info_->connection_reuse = plan::OptionOf(scenario_, "connectionReuse");
  info_->progress = [this] { return Progress(std::chrono::steady_clock::now()); };
  if (const auto warmup = host_.program.options.warmup; warmup.count() > 0) {
    info_->warming = [this, end = Later(start_, warmup)] {
      return OwnTime(vu::SteadyRoughly()) < end;
    };
  }
  done_ = vus_ == 0 && !MayGetVus();
  if (!done_) OnBegin();
}

void ScenarioRun::Launch(std::shared_ptr<const std::string> setup_json) {
  if (done_ || stopped_ || launched_) return;
  launched_ = true;
  setup_json_ = std::move(setup_json);
  info_->start_unix_ms = vu::WallNs(SteadyStart()) / 1'000'000;
  OnLaunch();
}

void ScenarioRun::Stop() {
  if (stopped_.exchange(true)) return;
  host_.pool.Forget(this);
  missing_ = 0;
  if (launched_) OnStop();
  CheckDone();
}

void ScenarioRun::Pause(TimePoint at) {
  if (done_ || paused()) return;
  clock_.Pause(at);
  // What runs may end: its time does not go on either.
  for (const auto& [vu, loan] : lent_)
    if (!loan.cut) TellDeadline(*vu, TimePoint::max());
}

void ScenarioRun::Resume(TimePoint at) {
  if (!paused()) return;
  clock_.Resume(at);
  for (const auto& [vu, loan] : lent_) {
    if (!loan.cut) TellDeadline(*vu, SteadyTime(loan.deadline));
    vu->loop().Post([vu = vu] { vu->parker().Unpark(); });
  }
  if (launched_ && !done_ && !stopped()) OnResume();
}

void ScenarioRun::Take(VuPool::Taker taker) {
  ++missing_;
  host_.pool.Take(this, [this, taker = std::move(taker)](PooledVu vu) {
    --missing_;
    taker(vu);
  });
}

void ScenarioRun::Lend(PooledVu vu, TimePoint since, std::function<void(vu::Vu&)> loop) {
  lent_[vu.vu] = {cut_, since};
  vu.vu->SetDeadline(paused() ? TimePoint::max() : SteadyTime(cut_));
  vu.vu->loop().Post([this, vu, loop = std::move(loop)] {
    vu.vu->Assign(
        [this, loop](vu::Vu& self) {
          self.EnterScenario(info_, setup_json_);
          loop(self);
        },
        [this, vu] { host_.pool.conductor().Post([this, vu] { Returned(vu); }); });
    // It may have been stopped while this was on its way here.
    if (stopped()) vu.vu->Interrupt();
  });
}

void ScenarioRun::Returned(PooledVu vu) {
  const auto lent = lent_.find(vu.vu);
  const TimePoint end = Later(start_, plan::RegularDuration(scenario_));
  CountVuTime(std::min(OwnTime(std::chrono::steady_clock::now()), end) - lent->second.since);
  lent_.erase(lent);
  OnReturn(vu);
  host_.pool.GiveBack(vu);
  CheckDone();
}

void ScenarioRun::CountVuTime(std::chrono::nanoseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  vu_time_us_ = SaturatingAdd(vu_time_us_.load(), std::max<std::int64_t>(whole, 0));
}

void ScenarioRun::SetDeadline(PooledVu vu, TimePoint own) {
  const auto lent = lent_.find(vu.vu);
  if (lent == lent_.end() || lent->second.cut) return;
  lent->second.deadline = own;
  if (!paused()) TellDeadline(*vu.vu, SteadyTime(own));  // else when it goes on
}

void ScenarioRun::Cut(PooledVu vu) {
  const auto lent = lent_.find(vu.vu);
  if (lent == lent_.end()) return;
  lent->second.cut = true;
  vu.vu->SetDeadline(std::chrono::steady_clock::now());
  vu.vu->loop().Post([vu] { vu.vu->Interrupt(); });
}

// Its worker may be busy with the very script that is to end: what the watchdog goes by is told at
// once, and what the worker goes by, for scripts that wait, as soon as it has time.
void ScenarioRun::TellDeadline(vu::Vu& vu, TimePoint steady) {
  vu.SetDeadline(steady);
  vu.loop().Post([&vu] { vu.FollowDeadline(); });
}

void ScenarioRun::CheckDone() {
  if (done_ || !lent_.empty() || missing_ > 0 || !AtRest()) return;
  if (!stopped_ && !(launched_ && Over())) return;
  done_ = true;
  lasted_ = OwnTime(std::chrono::steady_clock::now()) - start_;
  host_.ended();
}

void ScenarioRun::Warn(const std::string& text) {
  if (!host_.program.log) return;
  host_.program.log({vu::LogLevel::kWarning,
                     text,
                     {{"executor", info_->executor}, {"scenario", scenario_.name}},
                     0});
}

void ScenarioRun::LogFailures(std::span<const Error> failures) {
  if (!host_.program.log) return;
  for (const Error& failure : failures) {
    host_.program.log({vu::LogLevel::kError,
                       "Error while allocating unplanned VU",
                       {{"error", failure.message},
                        {"executor", std::string(plan::ExecutorName(scenario_.executor))},
                        {"scenario", scenario_.name}},
                       0});
  }
}

// ---- on fibers and workers

void ScenarioRun::AwaitStart(vu::Vu& vu) {
  while (!vu.interrupted() && !stopped() && OwnTime(std::chrono::steady_clock::now()) < start_) {
    if (paused()) {
      vu.Park();
    } else {
      vu.SleepUntil(SteadyStart());
    }
  }
}

bool ScenarioRun::MayStart(vu::Vu& vu) {
  if (paused()) {
    // Who waits is not active, as in k6 1.x.
    CountActive(vu, -1);
    while (paused() && !vu.interrupted() && !stopped()) vu.Park();
    CountActive(vu, 1);
  }
  return !vu.interrupted() && !stopped();
}

void ScenarioRun::CountActive(vu::Vu& vu, int by) {
  vu::CountAlone(parts_[vu.samples().worker()].active, by);
  vu.samples().CountActive(by);
}

// Where only time ends the scenario, and iterations are so short that the workers would wait for
// each other, a worker draws as many numbers at once as it uses within half a millisecond. Where
// the number of iterations is known, so are theirs, and each is drawn by itself.
std::int64_t ScenarioRun::NextNumber(Part& part, TimePoint now) {
  constexpr std::int64_t kMost = 64;
  constexpr std::chrono::microseconds kSoon(500);
  if (part.next == part.end) {
    const bool several = !known_ && parts_.size() > 1;
    part.block = !several                   ? 1
                 : now - part.drawn < kSoon ? std::min(2 * part.block, kMost)
                                            : std::max<std::int64_t>(part.block / 2, 1);
    part.drawn = now;
    part.next = numbers_.fetch_add(part.block, std::memory_order_relaxed);
    part.end = part.next + part.block;
  }
  return part.next++;
}

void ScenarioRun::Iterate(vu::Vu& vu, TimePoint now, std::optional<TimePoint> due) {
  Part& part = parts_[vu.samples().worker()];
  vu::IterationNumbers numbers;
  numbers.in_instance = NextNumber(part, now);
  vu::CountAlone(part.started, 1);
  // Held against the plan: at an arrival rate the first tick of an agent's share may be due long
  // after the scenario's start, which is no fault of its clock.
  if (numbers.in_instance == 0)
    first_start_ns_ = vu::SteadyNs(due ? start_ + (now - *due) : OwnTime(now));
  numbers.in_test = iteration_tuple_ ? iteration_tuple_->GlobalNumber(numbers.in_instance + 1) - 1
                                     : numbers.in_instance;
  const vu::WorkResult result = vu.RunIteration(numbers, due, now);
  if (result.kind == vu::WorkResult::Kind::kException) vu::CountAlone(part.exceptions, 1);
  vu::CountAlone(
      result.kind == vu::WorkResult::Kind::kInterrupted ? part.interrupted : part.complete, 1);
}

void ScenarioRun::EmitDropped(metrics::Recorder& recorder, std::int64_t count) {
  if (count <= 0) return;
  std::int64_t before = dropped_.load(std::memory_order_relaxed);
  while (!dropped_.compare_exchange_weak(before, SaturatingAdd(before, count),
                                         std::memory_order_relaxed)) {
  }
  // As in k6, without the scenario's own tags: no VU took it.
  metrics::SampleTags tags;
  if (host_.program.options.system_tags.contains("scenario")) tags.scenario = scenario_.name;
  tags.run_tags = &host_.program.options.tags;
  if (host_.program.tags_phase) tags.phase = vu::PhaseTag(vu::Phase::kIteration, info_.get());
  recorder.Add(metrics::Builtin::kDroppedIterations, static_cast<double>(count), vu::WallNow(),
               tags);
}

}  // namespace loadctl::executor
