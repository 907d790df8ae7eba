#include "agent/worker/cpu_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace loadctl::worker {
namespace {

using namespace std::chrono_literals;

TEST(CpuUse, ASpanIsBusyIfItsThreadRanOrWaitedForACoreNearlyAllOfIt) {
  CpuUse use;
  use.AddSpan(1s, 940ms, 0ms);
  EXPECT_EQ(use.saturated, 0ns);
  use.AddSpan(1s, 950ms, 0ms);
  use.AddSpan(2s, 1s, 900ms);
  EXPECT_EQ(use.saturated, 3s);
  EXPECT_EQ(use.wall, 4s);
  EXPECT_EQ(use.used, 2890ms);
  EXPECT_EQ(use.waited, 900ms);
  CpuUse sum;
  sum.Add(use);
  sum.Add(use);
  EXPECT_EQ(sum.saturated, 6s);
  EXPECT_EQ(sum.wall, 8s);
}

TEST(CpuWatch, KnowsAThreadThatComputesFromOneThatSleeps) {
  CpuWatch computes;
  computes.Mark();  // not yet
  computes.Start();
  const auto end = std::chrono::steady_clock::now() + 300ms;
  while (std::chrono::steady_clock::now() < end) {
  }
  computes.Stop();
  // On a machine with much to do it has no core for a while; that counts as well.
  EXPECT_EQ(computes.use().saturated, computes.use().wall);
  EXPECT_GE(computes.use().wall, 300ms);

  CpuWatch sleeps;
  sleeps.Start();
  std::this_thread::sleep_for(300ms);
  sleeps.Stop();
  sleeps.Mark();  // no more
  EXPECT_LT(sleeps.use().used, 100ms);
  EXPECT_EQ(sleeps.use().saturated, 0ns);
}

}  // namespace
}  // namespace loadctl::worker
