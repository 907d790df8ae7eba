#include "agent/executor/arrival_run.h"

#include <gtest/gtest.h>

#include "agent/executor/run_test_world.h"

namespace loadctl::executor {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct Ledger {
  std::int64_t started, dropped, complete, interrupted;
  explicit Ledger(const ScenarioCounts& counts)
      : started(counts.started),
        dropped(counts.dropped),
        complete(counts.complete),
        interrupted(counts.interrupted) {}
  bool operator==(const Ledger&) const = default;
};

TEST(ArrivalRun, AStoppedOneIsNotDoneWhileALaneMayStillCount) {
  TestAgent agent("export default function() {}", 2, 1);
  bool ended = false;
  const auto run =
      agent.Make(plan::ConstantArrivalRate{100, 1s, 1h, {.pre_allocated = 1, .max = {}}},
                 [&] { ended = true; });
  run->Begin(steady_clock::now());
  run->Launch(nullptr);
  for (int i = 0; i < 20; ++i) {
    agent.Step(agent.worker(0));
    agent.Step(agent.worker(1));
    agent.Step(agent.conductor());
  }
  run->Stop();
  // The VU is back, and the second lane has not even heard of it.
  for (int i = 0; i < 20 && agent.idle() == 0; ++i) {
    agent.Step(agent.worker(0));
    agent.Step(agent.conductor());
  }
  ASSERT_EQ(agent.idle(), 1u);
  EXPECT_FALSE(run->done());
  agent.Step(agent.worker(1));
  agent.Step(agent.conductor());
  // What it handed to the first lane before that is counted there.
  EXPECT_FALSE(run->done());
  for (int i = 0; i < 3; ++i) {
    agent.Step(agent.worker(0));
    agent.Step(agent.worker(1));
    agent.Step(agent.conductor());
  }
  EXPECT_TRUE(run->done());
  EXPECT_TRUE(ended);
}

/// Runs it on `workers` threads, stopped after `stop` if that is given: nothing may be counted
/// after its end, and the ledger must balance.
void ExpectABalance(plan::ExecutorConfig config, std::size_t workers, int vus,
                    std::optional<std::chrono::microseconds> stop) {
  TestAgent agent("export default function() {}", workers, vus);
  std::optional<Ledger> at_end;
  std::unique_ptr<ScenarioRun> run;
  run = agent.Make(std::move(config), [&] { at_end.emplace(run->counts()); });
  agent.Start();
  run->Begin(steady_clock::now());
  run->Launch(nullptr);
  vu::Timer stopper([&] { run->Stop(); });
  if (stop) agent.conductor().Arm(stopper, steady_clock::now() + *stop);
  agent.conductor().RunUntil([&] { return at_end.has_value(); });
  agent.conductor().Disarm(stopper);
  agent.Join();
  EXPECT_EQ(*at_end, Ledger(run->counts()));
  EXPECT_EQ(at_end->started, at_end->complete + at_end->interrupted);
  if (stop) return;
  EXPECT_EQ(at_end->started + at_end->dropped, run->PlannedIterations().value());
}

TEST(ArrivalRun, CountsAreFinalWhenItHasEnded) {
  for (int i = 0; i < 20; ++i) {
    ExpectABalance(
        plan::RampingArrivalRate{1000, 1ms, {{5ms, 1000}}, {.pre_allocated = 2, .max = {}}}, 4, 2,
        std::nullopt);
    ExpectABalance(plan::ConstantArrivalRate{200, 1ms, 10ms, {.pre_allocated = 3, .max = {}}}, 3, 3,
                   std::nullopt);
  }
}

TEST(ArrivalRun, CountsAreFinalWhenItWasStopped) {
  for (int i = 0; i < 30; ++i)
    ExpectABalance(plan::ConstantArrivalRate{2000, 1ms, 1h, {.pre_allocated = 2, .max = {}}}, 4, 2,
                   std::chrono::microseconds(200 * i));
}

TEST(LoopingRun, CountsAreFinalWhenItWasStopped) {
  for (int i = 0; i < 30; ++i)
    ExpectABalance(plan::SharedIterations{4, 300, 2ms}, 4, 4, std::chrono::microseconds(100 * i));
}

}  // namespace
}  // namespace loadctl::executor
