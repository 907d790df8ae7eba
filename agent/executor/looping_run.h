// Scenarios whose VUs are all there from start to end, each looping until its executor says no:
// constant-vus, per-vu-iterations, shared-iterations.
#pragma once

#include <memory>

#include "agent/executor/executor.h"
#include "agent/executor/scenario_run.h"

namespace loadctl::executor {

class LoopingRun final : public ScenarioRun {
 public:
  LoopingRun(plan::Scenario scenario, const plan::ExecutionTuple& tuple, Host host);

  [[nodiscard]] double Progress(TimePoint now) const override;

 private:
  void OnBegin() override;
  void OnLaunch() override;
  void OnStop() override {}
  void OnReturn(PooledVu vu) override;
  [[nodiscard]] bool Over() const override { return missing() == 0 && finished_; }
  [[nodiscard]] bool AtRest() const override { return !dropping_; }
  void Loop(vu::Vu& vu);

  std::unique_ptr<Executor> executor_;
  std::int64_t returned_ = 0;
  bool dropping_ = false;  // a worker counts what nobody started
  bool finished_ = false;
};

}  // namespace loadctl::executor
