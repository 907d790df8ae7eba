#include "agent/executor/ramping_run.h"

#include <algorithm>
#include <utility>

#include "agent/executor/executor.h"
#include "common/base/time.h"

namespace loadctl::executor {
namespace {

// They share an isolate.
constexpr std::int64_t kMostMadeAtOnce = 16;

std::chrono::nanoseconds Regular(const plan::Scenario& scenario) {
  return plan::RegularDuration(scenario);
}

}  // namespace

RampingRun::RampingRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host)
    : ScenarioRun(std::move(scenario), tuple, std::move(host)), timer_([this] { TakeSteps(); }) {
  const auto& kind = this->scenario().executor;
  if (const auto* ramp = std::get_if<plan::RampingVus>(&kind)) {
    steps_ = plan::RampStepsOf(*ramp, tuple);
    graceful_ = ramp->graceful_ramp_down;
  } else {
    steps_ = {{{}, tuple.Scale(std::get<plan::ExternallyControlled>(kind).vus)}};
    external_ = true;
  }
  // At the regular end, whatever still loops may finish its iteration.
  if (external_ || steps_.back().vus > 0) steps_.push_back({Regular(this->scenario()), 0});
  for (std::int64_t i = 0; i < vus(); ++i) slots_.push_back(std::make_unique<Slot>());
}

RampingRun::~RampingRun() { pool().conductor().Disarm(timer_); }

double RampingRun::Progress(TimePoint now) const {
  return Elapsed(start(), Regular(scenario()), OwnTime(now));
}

void RampingRun::OnLaunch() {
  // Those of the first instant are there when it comes: they sleep until the start.
  for (std::size_t i = 0; i < steps_.size() && steps_[i].offset.count() == 0; next_step_ = ++i)
    count_ = steps_[i].vus;
  const std::int64_t first = std::exchange(count_, 0);
  SetCount(first, start(), cut());
  TakeSteps();
}

void RampingRun::OnStop() {
  pool().conductor().Disarm(timer_);
  next_step_ = steps_.size();
  for (auto& slot : slots_) slot->wanted = slot->asked = false;
  TellScaled();
}

void RampingRun::OnResume() { TakeSteps(); }

void RampingRun::TakeSteps() {
  if (stopped() || paused()) return;
  const TimePoint now = OwnTime(std::chrono::steady_clock::now());
  // Only the last of what is due: several may share an instant, and a jump there needs no detour.
  std::size_t due = next_step_;
  while (due < steps_.size() && Later(start(), steps_[due].offset) <= now) ++due;
  if (due > next_step_) {
    const plan::RampStep step = steps_[due - 1];
    // Who comes too late for a step has not left it out: how late is told elsewhere.
    for (std::size_t i = next_step_; i + 1 < due; ++i)
      CountVuTime(std::max<std::int64_t>(steps_[i].vus - count_, 0) *
                  (steps_[i + 1].offset - steps_[i].offset));
    next_step_ = due;
    const TimePoint at = Later(start(), step.offset);
    const bool end = step.offset >= Regular(scenario());
    SetCount(step.vus, at, std::min(cut(), end ? cut() : Later(at, graceful_)));
  }
  if (next_step_ < steps_.size()) {
    pool().conductor().Arm(timer_, SteadyTime(Later(start(), steps_[next_step_].offset)));
  }
  CheckDone();
}

void RampingRun::Scale(std::int64_t wanted, std::int64_t most, std::function<void()> done) {
  if (!external_ || stopped() || next_step_ > 1 || this->done()) return done();
  const auto slots = static_cast<std::int64_t>(slots_.size());
  for (std::int64_t i = slots; i < most; ++i) slots_.push_back(std::make_unique<Slot>());
  to_make_ += std::max<std::int64_t>(most - slots, 0);
  if (!making_) MakeMore();
  wanted = std::clamp<std::int64_t>(wanted, 0, static_cast<std::int64_t>(slots_.size()));
  scaled_.push_back(std::move(done));
  if (launched()) {
    const TimePoint now = OwnTime(std::chrono::steady_clock::now());
    SetCount(wanted, now, now);
  } else {
    steps_.front().vus = wanted;
  }
  TellScaled();
}

void RampingRun::MakeMore() {
  making_ = to_make_ > 0 && !stopped();
  if (!making_) return TellScaled();
  const std::int64_t now = std::min(to_make_, kMostMadeAtOnce);
  to_make_ -= now;
  pool().Grow(
      this, static_cast<std::size_t>(now), [this](PooledVu vu) { pool().GiveBack(vu); },
      [this](std::span<const Error> failures) {
        LogFailures(failures);
        MakeMore();
      });
}

void RampingRun::TellScaled() {
  const auto surplus = [this](const auto& slot) { return slot->vu.vu != nullptr && !slot->wanted; };
  if (making_ || std::any_of(slots_.begin(), slots_.end(), surplus)) return;
  for (const auto& done : std::exchange(scaled_, {})) done();
}

void RampingRun::SetCount(std::int64_t wanted, TimePoint at, TimePoint deadline) {
  for (; count_ < wanted; ++count_) StartSlot(*slots_[static_cast<std::size_t>(count_)], at);
  for (; count_ > wanted; --count_)
    StopSlot(*slots_[static_cast<std::size_t>(count_ - 1)], deadline);
}

void RampingRun::StopSlot(Slot& slot, TimePoint deadline) {
  slot.wanted = false;
  slot.stop = true;
  if (slot.vu.vu == nullptr) return;
  if (external_) return Cut(slot.vu);
  SetDeadline(slot.vu, deadline);
  // An idle loop (before the start) looks at `stop` when it wakes.
  vu::Vu* vu = slot.vu.vu;
  vu->loop().Post([vu] { vu->parker().Unpark(); });
}

void RampingRun::StartSlot(Slot& slot, TimePoint at) {
  slot.wanted = true;
  slot.stop = false;
  // Still at its last iteration: it goes on, or comes back and is replaced (OnReturn).
  if (slot.vu.vu != nullptr) return SetDeadline(slot.vu, cut());
  if (slot.asked) return;
  slot.asked = true;
  Take([this, &slot, at](PooledVu vu) {
    slot.asked = false;
    if (!slot.wanted) {
      pool().GiveBack(vu);
      return CheckDone();
    }
    slot.vu = vu;
    CountVus(1);
    Lend(vu, at, [this, &slot](vu::Vu& self) { Loop(self, slot); });
  });
}

void RampingRun::OnReturn(PooledVu vu) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const auto& one) { return one->vu.vu == vu.vu; });
  if (slot == slots_.end()) return;
  (*slot)->vu = {};
  CountVus(-1);
  if ((*slot)->wanted && !stopped()) StartSlot(**slot, OwnTime(std::chrono::steady_clock::now()));
  TellScaled();
}

bool RampingRun::Over() const { return next_step_ >= steps_.size() && count_ == 0; }

void RampingRun::Loop(vu::Vu& vu, Slot& slot) {
  AwaitStart(vu);
  CountActive(vu, 1);
  const TimePoint end = Later(start(), Regular(scenario()));
  while (!slot.stop.load(std::memory_order_relaxed) && MayStart(vu)) {
    const TimePoint now = std::chrono::steady_clock::now();
    if (slot.stop.load(std::memory_order_relaxed) || OwnTime(now) >= end) break;
    Iterate(vu, now, std::nullopt);
    vu.YieldIfBusy();
  }
  CountActive(vu, -1);
}

}  // namespace loadctl::executor
