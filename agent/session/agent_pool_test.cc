#include "agent/session/agent_pool.h"

#include <gtest/gtest.h>

#include "agent/vu/vu_test_world.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;

/// Workers, and a pool that has no VU yet and may make ten.
struct Agent {
  explicit Agent(std::string script) : world(std::move(script)) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      workers.push_back(worker::Worker::Make(i, world.program, dns).value());
      workers.back()->Start();
    }
    pool = std::make_unique<AgentPool>(
        AgentPool::Parts{conductor, world.program, workers, watchdog, {}, plan::ExecutionTuple()},
        std::span<const worker::MadeVu>(), 10);
  }
  ~Agent() {  // as AgentRun's
    if (pool) pool->Join();
    for (auto& worker : workers) worker->Join();
  }
  vu::World world;
  net::DnsService dns{net::DnsOptions()};
  worker::Watchdog watchdog{nullptr, nullptr};
  vu::Loop conductor;
  std::vector<std::unique_ptr<worker::Worker>> workers;
  std::unique_ptr<AgentPool> pool;
  int taken = 0;
  bool done = false;
  void Grow() {
    pool->Grow(
        this, 3, [this](executor::PooledVu) { ++taken; },
        [this](std::span<const Error>) { done = true; });
  }
  void Step() {
    bool over = false;
    conductor.Post([&] { over = true; });
    conductor.RunUntil([&] { return over; });
  }
};

TEST(AgentPool, GrowsByVusOfItsWorkers) {
  Agent agent("export default function() {}");
  agent.Grow();
  agent.conductor.RunUntil([&] { return agent.done; });
  EXPECT_EQ(agent.taken, 3);
  EXPECT_EQ(agent.world.program.vus_initialized.load(), 3);
}

TEST(AgentPool, EndsWhileVusAreBeingMade) {
  Agent agent("export default function() {}");
  agent.Grow();
  agent.Grow();
  agent.pool->Join();
  agent.Step();  // what the threads posted
  EXPECT_EQ(agent.taken, 0);
  EXPECT_FALSE(agent.done);
}

TEST(AgentPool, EndsWhileVusAreOnTheirWay) {
  Agent agent("export default function() {}");
  agent.Grow();
  // The conductor has handed them to their worker, and not heard of it again.
  while (agent.world.program.vus_initialized.load() == 0) agent.Step();
  agent.pool->Join();
  for (auto& worker : agent.workers) worker->Join();
  const int before = agent.taken;
  agent.pool.reset();
  agent.Step();
  EXPECT_EQ(agent.taken, before);
}

}  // namespace
}  // namespace loadctl::session
