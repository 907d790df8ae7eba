// What tests of whole scenarios share: an agent's workers and VUs, without a session or a network.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/executor/scenario_run.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::executor {

/// An agent's pool of VUs, dealt to its workers in turn. Loops run where the test runs them: Step()
/// on its own thread, or Start() on threads of their own.
class TestAgent final : public VuPool {
 public:
  TestAgent(std::string script, std::size_t workers, int vus) : world_(std::move(script)) {
    for (std::size_t i = 0; i < workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(world_.program, static_cast<std::uint32_t>(i)));
      refs_.push_back({&workers_.back()->loop, &workers_.back()->recorder});
    }
    for (int i = 0; i < vus; ++i) {
      vu::Vu& vu = world_.Ready();
      Worker& worker = *workers_[static_cast<std::size_t>(i) % workers];
      vu.MoveTo(worker.loop, worker.recorder, nullptr, worker.stats);
      idle_.push_back({&vu, static_cast<std::size_t>(i) % workers});
    }
  }
  ~TestAgent() override {
    Join();
    for (auto& vu : world_.vus) {
      vu->End();
      while (vu->state() != vu::Vu::State::kEnded) Step(vu->loop());
    }
  }

  void Take(const void*, Taker taker) override {
    ASSERT_FALSE(idle_.empty());
    const PooledVu vu = idle_.front();
    idle_.pop_front();
    taker(vu);
  }
  void Forget(const void*) override {}
  void GiveBack(PooledVu vu) override { idle_.push_back(vu); }
  void Grow(const void*, std::size_t, Taker, Grown done) override { done({}); }
  vu::Loop& conductor() override { return conductor_; }
  std::span<const WorkerRef> workers() const override { return refs_; }

  vu::Loop& worker(std::size_t i) { return workers_[i]->loop; }
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

  std::unique_ptr<ScenarioRun> Make(plan::ExecutorConfig config, std::function<void()> ended) {
    plan::Scenario scenario;
    scenario.name = "a";
    scenario.executor = std::move(config);
    return MakeScenarioRun(scenario, plan::ExecutionTuple(),
                           {*this, world_.program, std::move(ended)});
  }

  /// Whatever the loop has to do by now.
  static void Step(vu::Loop& loop) {
    bool done = false;
    loop.Post([&] { done = true; });
    loop.RunUntil([&] { return done; });
  }
  void Start() {
    for (auto& worker : workers_)
      worker->thread = std::thread([&loop = worker->loop] { loop.Run(); });
  }
  /// Ends the threads; loops can be stepped after that no more than before Start().
  void Join() {
    for (auto& worker : workers_) {
      if (!worker->thread.joinable()) continue;
      // Their VUs end where they ran: a loop that was stopped does nothing any more.
      worker->loop.Post([this, &loop = worker->loop] {
        for (auto& vu : world_.vus)
          if (&vu->loop() == &loop) vu->End();
        loop.Post([&loop] { loop.Post([&loop] { loop.Stop(); }); });
      });
      worker->thread.join();
    }
  }

 private:
  struct Worker {
    Worker(vu::Program& program, std::uint32_t index) : recorder(program.metrics, index) {
      stats.worker = index;
    }
    vu::Loop loop;
    metrics::Recorder recorder;
    vu::WorkerStats stats;
    std::thread thread;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<WorkerRef> refs_;
  vu::Loop conductor_;
  std::deque<PooledVu> idle_;
  vu::World world_;
};

}  // namespace loadctl::executor
