#include "agent/worker/loop_lag.h"

#include <gtest/gtest.h>

#include <thread>

namespace loadctl::worker {
namespace {

using namespace std::chrono_literals;

TEST(LoopLag, ABusyLoopHasASampleForEveryInstantItMissed) {
  vu::Loop loop;
  LoopLag lag(loop);
  lag.Start();
  bool done = false;
  loop.Post([&] {
    std::this_thread::sleep_for(105ms);  // as a script that computes
    loop.Post([&] { loop.Post([&] { done = true; }); });
  });
  loop.RunUntil([&] { return done && !lag.lateness().empty(); });
  lag.Stop();
  EXPECT_GE(lag.lateness().count(), 10u);
  EXPECT_GE(lag.lateness().max(), 95);
  EXPECT_GE(lag.lateness().Percentile(50), 45);
}

TEST(LoopLag, StoppedItNotesNothing) {
  vu::Loop loop;
  LoopLag lag(loop);
  lag.Start();
  lag.Stop();
  bool done = false;
  vu::Timer end([&] { done = true; });
  loop.Arm(end, std::chrono::steady_clock::now() + 30ms);
  loop.RunUntil([&] { return done; });
  EXPECT_TRUE(lag.lateness().empty());
}

}  // namespace
}  // namespace loadctl::worker
