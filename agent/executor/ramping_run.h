// Scenarios whose number of looping VUs changes while they run: ramping-vus by its stages,
// externally-controlled by whoever calls Scale().
#pragma once

#include <atomic>
#include <functional>
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
  void Scale(std::int64_t wanted, std::int64_t most, std::function<void()> done) override;
  [[nodiscard]] std::int64_t most() const override {
    return static_cast<std::int64_t>(slots_.size());
  }

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
  /// `at`: when it was to become so many; own time, as `deadline` of those that are too many.
  void SetCount(std::int64_t wanted, TimePoint at, TimePoint deadline);
  void StopSlot(Slot& slot, TimePoint deadline);
  void MakeMore();
  void TellScaled();
  void StartSlot(Slot& slot, TimePoint at);
  void Loop(vu::Vu& vu, Slot& slot);

  std::vector<plan::RampStep> steps_;
  std::size_t next_step_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  vu::Timer timer_;
  std::chrono::nanoseconds graceful_{0};
  bool external_ = false;
  std::int64_t to_make_ = 0;                   // VUs to be asked for yet
  bool making_ = false;                        // some are being made
  std::vector<std::function<void()>> scaled_;  // to be told when the number is as wanted
};

}  // namespace loadctl::executor
