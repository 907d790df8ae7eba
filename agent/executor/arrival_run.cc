#include "agent/executor/arrival_run.h"

#include <algorithm>
#include <utility>

#include "agent/executor/executor.h"
#include "common/base/time.h"

namespace loadctl::executor {
namespace {

// Ticks that a lane starts before sockets and timers get their turn.
constexpr int kAtOnce = 64;
// Ticks of a lane that are due this close together start together, with the last of them: a sleep
// and a wake-up cost some 20 us of CPU. None starts early, and none is late by much more than this.
constexpr std::chrono::microseconds kTogether(100);
// An iteration runs through a megabyte of V8's and our code, and takes four times as long if none
// of it is in the core's caches. So a lane that has rested wakes a little early, lets the VU whose
// turn is next run through an empty call, and is there when the tick is due.
constexpr std::chrono::milliseconds kRest(3);
constexpr std::chrono::microseconds kWarmUp(150);
// VUs made together share an isolate.
constexpr std::int64_t kMostAtOnce = 16;

plan::TickSchedule ScheduleOf(const plan::Scenario& scenario) {
  if (const auto* constant = std::get_if<plan::ConstantArrivalRate>(&scenario.executor))
    return plan::TickSchedule(*constant);
  return plan::TickSchedule(std::get<plan::RampingArrivalRate>(scenario.executor));
}

const plan::ArrivalVus& VusOf(const plan::Scenario& scenario) {
  if (const auto* constant = std::get_if<plan::ConstantArrivalRate>(&scenario.executor))
    return constant->vus;
  return std::get<plan::RampingArrivalRate>(scenario.executor).vus;
}

}  // namespace

ArrivalRun::ArrivalRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host)
    : ScenarioRun(std::move(scenario), tuple, std::move(host)),
      schedule_(ScheduleOf(this->scenario())),
      end_([this] { AwaitEnd(); }) {
  ticks_ = plan::IterationsOf(this->scenario(), tuple).value_or(0);
}

// Workers have ended, or been told to close their lanes and done so, when this is called.
ArrivalRun::~ArrivalRun() { pool().conductor().Disarm(end_); }

double ArrivalRun::Progress(TimePoint now) const {
  return Elapsed(start(), plan::RegularDuration(scenario()), OwnTime(now));
}

double ArrivalRun::RateAt(TimePoint now) const { return schedule_.RateAt(OwnTime(now) - start()); }

// ---- the conductor

void ArrivalRun::OnBegin() {
  const auto workers = pool().workers();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    lanes_.push_back(std::make_unique<Lane>([this, i] { Fire(i); }));
    lanes_.back()->worker = workers[i];
    lanes_.back()->next = static_cast<std::int64_t>(i);
  }
  lanes_left_ = lanes_.size();
}

void ArrivalRun::OnLaunch() {
  const std::int64_t planned =
      tuple().Scale(std::max<std::int64_t>(VusOf(scenario()).Planned(), 0));
  unseated_ = planned;
  for (std::int64_t i = 0; i < planned; ++i) Take([this](PooledVu vu) { Admit(vu); });
  if (planned == 0) Open();
}

void ArrivalRun::Open() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i]->worker.loop->Post([this, i] {
      lanes_[i]->open = !lanes_[i]->closed;
      Fire(i);
    });
  }
}

void ArrivalRun::Admit(PooledVu vu) {
  if (closed_ || stopped() || static_cast<std::int64_t>(seats_.size()) >= vus()) {
    pool().GiveBack(vu);
    return CheckDone();
  }
  seats_.push_back(std::make_unique<Seat>());
  Seat* seat = seats_.back().get();
  seat->vu = vu;
  CountVus(1);
  const TimePoint since = std::max(start(), OwnTime(std::chrono::steady_clock::now()));
  Lend(vu, since, [this, seat](vu::Vu& self) { Loop(self, *seat); });
}

void ArrivalRun::OnStop() { Close(); }

void ArrivalRun::OnResume() {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    lanes_[i]->worker.loop->Post([this, i] { Fire(i); });
  if (passed_) AwaitEnd();
}

// After the last tick. A constant rate lasts for its duration all the same.
void ArrivalRun::AwaitEnd() {
  passed_ = true;
  if (closed_ || paused()) return;
  const bool constant = std::holds_alternative<plan::ConstantArrivalRate>(scenario().executor);
  const TimePoint end = Later(start(), plan::RegularDuration(scenario()));
  if (!constant || OwnTime(std::chrono::steady_clock::now()) >= end) return Close();
  pool().conductor().Arm(end_, SteadyTime(end));
}

void ArrivalRun::Close() {
  if (std::exchange(closed_, true)) return;
  pool().conductor().Disarm(end_);
  // Twice: a lane that has closed may still be handed a tick, and drop it, by one that has not.
  OnEachLane(&CloseLane, [this] { OnEachLane([](Lane&) {}, [this] { CheckDone(); }); });
}

// `then` on the conductor when all lanes have done `work`.
void ArrivalRun::OnEachLane(void (*work)(Lane&), std::function<void()> then) {
  lanes_busy_ = lanes_.size();
  for (auto& lane : lanes_) {
    lane->worker.loop->Post([this, work, then, raw = lane.get()] {
      work(*raw);
      pool().conductor().Post([this, then] {
        if (--lanes_busy_ == 0) then();
      });
    });
  }
}

void ArrivalRun::CloseLane(Lane& lane) {
  lane.open = false;
  lane.closed = true;
  lane.worker.loop->Disarm(lane.timer);
  // Copied: a VU that goes leaves the list.
  const std::deque<Seat*> idle = lane.idle;
  for (Seat* seat : idle) seat->vu.vu->parker().Unpark();
}

void ArrivalRun::Grow() {
  const std::int64_t room = vus() - static_cast<std::int64_t>(seats_.size()) - failed_;
  const std::int64_t wanted = std::min({room, kMostAtOnce, lacking_.exchange(0)});
  if (closed_ || stopped()) return;
  if (wanted <= 0) {
    if (room <= 0 && !std::exchange(warned_, true)) {
      Warn("Insufficient VUs, reached " + std::to_string(vus()) +
           " active VUs and cannot initialize more");
      return;  // asked_ stays: there is nothing more to ask for
    }
    asked_ = false;
    return;
  }
  growing_ = true;
  pool().Grow(
      this, static_cast<std::size_t>(wanted), [this](PooledVu vu) { Admit(vu); },
      [this](std::span<const Error> failures) {
        LogFailures(failures);
        failed_ += static_cast<std::int64_t>(failures.size());
        growing_ = false;
        asked_ = false;
        CheckDone();
      });
}

// ---- the lane's worker

std::optional<TimePoint> ArrivalRun::DueOf(std::int64_t tick) const {
  if (tick >= ticks_) return std::nullopt;
  return Later(start(), schedule_.Due(iteration_tuple()->GlobalNumber(tick + 1) - 1));
}

// When to wake for the lane's next tick, which is due at `due`.
TimePoint ArrivalRun::WakeFor(const Lane& lane, TimePoint due) const {
  const auto workers = static_cast<std::int64_t>(lanes_.size());
  TimePoint wake = due;
  for (std::int64_t i = 1; i < kAtOnce; ++i) {
    if ((ticks_ - 1 - lane.next) / workers < i) break;
    const TimePoint later = *DueOf(lane.next + i * workers);
    if (later - due > kTogether) break;
    wake = later;
  }
  return wake;
}

// True when the lane's next tick is due; false: its timer is armed.
bool ArrivalRun::Await(Lane& lane, TimePoint due, TimePoint now) {
  const TimePoint wake = WakeFor(lane, due);
  const bool rested = wake - lane.last > kRest;
  if (!rested || wake - now > kWarmUp) {
    const TimePoint at = rested ? wake - kWarmUp : wake;
    lane.worker.loop->Arm(lane.timer, SteadyTime(at));
    return false;
  }
  if (!std::exchange(lane.warmed, true)) WarmUp(lane);
  // Shorter than going to sleep and waking again.
  while (OwnTime(std::chrono::steady_clock::now()) < wake) {
  }
  return true;
}

void ArrivalRun::WarmUp(Lane& lane) {
  if (lane.idle.empty()) return;
  Seat* seat = lane.idle.front();
  seat->warm = true;
  seat->vu.vu->ResumeNow();
}

void ArrivalRun::Fire(std::size_t index) {
  Lane& lane = *lanes_[index];
  if (!lane.open || lane.passed || stopped() || paused()) return;
  const auto workers = static_cast<std::int64_t>(lanes_.size());
  TimePoint now = OwnTime(std::chrono::steady_clock::now());
  for (int started = 0;; ++started) {
    const auto due = DueOf(lane.next);
    if (!due) break;
    if (*due > now) {
      now = OwnTime(std::chrono::steady_clock::now());
      if (*due > now && !Await(lane, *due, now)) return;
      now = OwnTime(std::chrono::steady_clock::now());
    }
    if (started >= kAtOnce) return lane.worker.loop->Post([this, index] { Fire(index); });
    lane.warmed = false;
    lane.last = now;
    if (Dispatch(index, *due)) {
      lane.next += workers;
    } else {
      Drop(lane, SkipDue(lane, now));
    }
  }
  lane.passed = true;
  if (lanes_left_.fetch_sub(1) > 1) return;
  pool().conductor().Post([this] { AwaitEnd(); });
}

// Nobody becomes idle while this lane looks for someone: whatever it has due is dropped at once, so
// that a rate beyond all means costs no time either.
std::int64_t ArrivalRun::SkipDue(Lane& lane, TimePoint now) const {
  const auto workers = static_cast<std::int64_t>(lanes_.size());
  const auto is_due = [&](std::int64_t ticks) {  // the lane's `ticks`-th from here
    const auto due = DueOf(lane.next + ticks * workers);
    return due && *due <= now;
  };
  std::int64_t low = 0, high = 1;  // due, and to become: not due
  for (; high <= (ticks_ - lane.next) / workers && is_due(high); high *= 2) low = high;
  high = std::min(high, (ticks_ - lane.next) / workers + 1);
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (is_due(middle) ? low : high) = middle;
  }
  // Not beyond the last: the count may be as large as numbers get.
  lane.next =
      low + 1 > (ticks_ - 1 - lane.next) / workers ? ticks_ : lane.next + (low + 1) * workers;
  return low + 1;
}

bool ArrivalRun::Dispatch(std::size_t index, TimePoint due) {
  Lane& own = *lanes_[index];
  if (Promise(own)) {
    Call(own, due);
    return true;
  }
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    Lane& other = *lanes_[(index + i) % lanes_.size()];
    if (!Promise(other)) continue;
    other.worker.loop->Post([this, &other, due] { Call(other, due); });
    return true;
  }
  return false;
}

bool ArrivalRun::Promise(Lane& lane) {
  std::int64_t free = lane.free.load(std::memory_order_relaxed);
  while (free > 0 && !lane.free.compare_exchange_weak(free, free - 1, std::memory_order_relaxed)) {
  }
  return free > 0;
}

// An idle VU of the lane was promised, so there is one; unless the scenario was closed meanwhile.
void ArrivalRun::Call(Lane& lane, TimePoint due) {
  if (lane.idle.empty()) {
    lane.free.fetch_add(1, std::memory_order_relaxed);  // who was promised took itself off, too
    return Drop(lane, 1);
  }
  Seat* seat = lane.idle.front();
  lane.idle.pop_front();
  seat->idle = false;
  seat->due = due;
  seat->called = true;
  seat->vu.vu->ResumeNow();
}

void ArrivalRun::Drop(Lane& lane, std::int64_t ticks) {
  if (stopped()) return;
  EmitDropped(*lane.worker.recorder, ticks);
  lacking_.fetch_add(ticks, std::memory_order_relaxed);
  if (asked_.exchange(true)) return;
  pool().conductor().Post([this] { Grow(); });
}

void ArrivalRun::Loop(vu::Vu& vu, Seat& seat) {
  Lane& lane = *lanes_[seat.vu.worker];
  bool first = true;
  while (!vu.interrupted() && !stopped() && !lane.closed) {
    Idle(lane, seat);
    // The last of the planned ones: a tick before that would be dropped for want of VUs that are on
    // their way, perhaps from a scenario that has just ended. It starts late instead.
    if (std::exchange(first, false) && unseated_.fetch_sub(1) == 1)
      pool().conductor().Post([this] { Open(); });
    while (!seat.called && !vu.interrupted() && !lane.closed) {
      if (std::exchange(seat.warm, false)) vu.WarmUp();
      vu.Park();
    }
    if (!std::exchange(seat.called, false)) break;
    CountActive(vu, 1);
    Iterate(vu, std::chrono::steady_clock::now(), SteadyTime(seat.due));
    CountActive(vu, -1);
    vu.RunEngineTasks();
  }
  if (!std::exchange(seat.idle, false)) return;
  std::erase(lane.idle, &seat);
  lane.free.fetch_sub(1, std::memory_order_relaxed);
}

void ArrivalRun::Idle(Lane& lane, Seat& seat) {
  seat.idle = true;
  lane.idle.push_back(&seat);
  lane.free.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace loadctl::executor
