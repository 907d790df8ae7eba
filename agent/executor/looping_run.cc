#include "agent/executor/looping_run.h"

#include <utility>

namespace loadctl::executor {

LoopingRun::LoopingRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host)
    : ScenarioRun(std::move(scenario), tuple, std::move(host)) {}

double LoopingRun::Progress(TimePoint now) const {
  return executor_ ? executor_->Progress(OwnTime(now)) : 0;
}

void LoopingRun::OnBegin() { executor_ = MakeExecutor(scenario(), tuple(), start()); }

void LoopingRun::OnLaunch() {
  for (std::int64_t i = 0; i < vus(); ++i)
    Take([this](PooledVu vu) { Lend(vu, start(), [this](vu::Vu& self) { Loop(self); }); });
}

void LoopingRun::OnReturn(PooledVu vu) {
  if (++returned_ < vus() || stopped()) return;
  // What no VU was to start by itself is dropped by the scenario, once all are back.
  dropping_ = true;
  WorkerRef worker = pool().workers()[vu.worker];
  worker.loop->Post([this, worker] {
    EmitDropped(*worker.recorder, executor_->DroppedByAll());
    pool().conductor().Post([this] {
      dropping_ = false;
      finished_ = true;
      CheckDone();
    });
  });
}

void LoopingRun::Loop(vu::Vu& vu) {
  Turn turn;
  AwaitStart(vu);
  CountActive(vu, 1);
  while (MayStart(vu)) {
    const TimePoint now = std::chrono::steady_clock::now();
    if (!executor_->Next(turn, OwnTime(now))) break;
    ++turn.started;
    Iterate(vu, now, std::nullopt);
    vu.YieldIfBusy();
  }
  CountActive(vu, -1);
  if (!stopped()) EmitDropped(*vu.recorder(), executor_->DroppedBy(turn));
}

}  // namespace loadctl::executor
