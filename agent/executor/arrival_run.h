// Scenarios whose iterations start by the clock: constant-arrival-rate, ramping-arrival-rate.
// Not for when ticks are due (common/plan/tick_schedule.h).
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "agent/executor/scenario_run.h"
#include "common/plan/tick_schedule.h"

namespace loadctl::executor {

/// Tick i of the agent is due on worker i mod W, in whose lane idle VUs wait. No thread hands over
/// in the normal case: a tick whose lane has no idle VU goes to a lane that has, and is dropped
/// only if none has. Late ticks start at once; a lane's ticks that are due within 100 us of one
/// another start with the last of them.
class ArrivalRun final : public ScenarioRun {
 public:
  ArrivalRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host);
  ~ArrivalRun() override;

  [[nodiscard]] double Progress(TimePoint now) const override;
  [[nodiscard]] double RateAt(TimePoint now) const;

 private:
  /// A VU of this scenario; its worker's, but for its birth.
  struct Seat {
    PooledVu vu;
    TimePoint due{};      // of the tick it is called for; own time
    bool called = false;  // a tick waits for it
    bool warm = false;    // one is soon to come
    bool idle = false;    // it is in its lane's list
  };
  /// A worker's part.
  struct alignas(64) Lane {
    explicit Lane(std::function<void()> fire) : timer(std::move(fire)) {}
    /// VUs that are idle and not promised to a tick. The one thing that other workers touch.
    std::atomic<std::int64_t> free{0};
    std::deque<Seat*> idle;
    std::int64_t next = 0;  // index of its next tick on this agent
    bool open = false;      // its ticks may start
    bool passed = false;    // its last tick is over
    bool closed = false;    // its VUs leave
    bool warmed = false;    // for its next tick
    TimePoint last{};       // when it last started an iteration; own time
    vu::Timer timer;
    WorkerRef worker;
  };

  void OnBegin() override;
  void OnLaunch() override;
  void OnStop() override;
  void OnResume() override;
  [[nodiscard]] bool Over() const override { return closed_ && !growing_; }

  [[nodiscard]] bool AtRest() const override { return lanes_busy_ == 0; }

  void Admit(PooledVu vu);
  void Open();
  void AwaitEnd();
  void Close();
  void OnEachLane(void (*work)(Lane&), std::function<void()> then);
  static void CloseLane(Lane& lane);
  void Fire(std::size_t lane);
  [[nodiscard]] std::optional<TimePoint> DueOf(std::int64_t tick) const;
  [[nodiscard]] TimePoint WakeFor(const Lane& lane, TimePoint due) const;
  [[nodiscard]] bool Await(Lane& lane, TimePoint due, TimePoint now);
  static void WarmUp(Lane& lane);
  [[nodiscard]] bool Dispatch(std::size_t lane, TimePoint due);
  [[nodiscard]] std::int64_t SkipDue(Lane& lane, TimePoint now) const;
  void Call(Lane& lane, TimePoint due);
  static bool Promise(Lane& lane);
  void Drop(Lane& lane, std::int64_t ticks);
  void Grow();
  void Loop(vu::Vu& vu, Seat& seat);
  void Idle(Lane& lane, Seat& seat);

  const plan::TickSchedule schedule_;
  std::int64_t ticks_ = 0;  // of this agent
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Seat>> seats_;  // the conductor's
  vu::Timer end_;
  std::atomic<std::size_t> lanes_left_{0};
  std::atomic<std::int64_t> unseated_{0};  // planned VUs that have not come yet
  std::atomic<std::int64_t> lacking_{0};   // ticks dropped since VUs were last asked for
  std::atomic<bool> asked_{false};
  std::int64_t failed_ = 0;     // VUs that could not be made: they are not asked for again
  std::size_t lanes_busy_ = 0;  // have yet to answer
  bool growing_ = false;
  bool passed_ = false;  // the agent's last tick is over
  bool closed_ = false;
  bool warned_ = false;
};

}  // namespace loadctl::executor
