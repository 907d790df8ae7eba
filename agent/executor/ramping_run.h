// Scenarios whose number of looping VUs changes while they run: ramping-vus by its stages,
// externally-controlled by whoever calls Scale().
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "agent/executor/scenario_run.h"
#include "common/plan/ramp.h"

namespace loadctl::executor {

/// VUs form a stack of slots: the lowest starts first, the highest stops first. A slot that is to
/// stop lets its VU finish the iteration, for gracefulRampDown at most, and gives it back; one that
/// is to run again meanwhile goes on with it.
class RampingRun final : public ScenarioRun {
 public:
  RampingRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host);
  ~RampingRun() override;

  [[nodiscard]] double Progress(TimePoint now) const override;
  /// externally-controlled only: so many VUs from now on, at most vus(). What is too much is cut at
  /// once. Nothing once it is over.
  void Scale(std::int64_t wanted);

 private:
  struct Slot {
    PooledVu vu;
    bool wanted = false;  ///< to loop
    bool asked = false;   ///< the pool was asked for its VU
    std::atomic<bool> stop{false};
  };

  void OnLaunch() override;
  void OnStop() override;
  void OnResume() override;
  void OnReturn(PooledVu vu) override;
  [[nodiscard]] bool Over() const override;
  void TakeSteps();
  void SetCount(std::int64_t wanted, TimePoint deadline);
  void StartSlot(Slot& slot);
  void Loop(vu::Vu& vu, Slot& slot);

  std::vector<plan::RampStep> steps_;
  std::size_t next_step_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  vu::Timer timer_;
  std::chrono::nanoseconds graceful_{0};
  bool external_ = false;
};

}  // namespace loadctl::executor
