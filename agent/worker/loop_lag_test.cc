#include "agent/worker/loop_lag.h"

#include <gtest/gtest.h>

#include <thread>

namespace loadctl::worker {
namespace {

using namespace std::chrono_literals;

TEST(LoopLag, ABusyLoopHasASampleForEveryInstantItMissed) {
  vu::Loop loop;
  LoopLag lag(loop);
  lag.Start(LoopLag::Vus::kSeveral);
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
  EXPECT_EQ(lag.TakeRecent().count(), lag.lateness().count());
  EXPECT_TRUE(lag.TakeRecent().empty());
  EXPECT_FALSE(lag.lateness().empty());
}

TEST(LoopLag, StoppedItNotesNothing) {
  vu::Loop loop;
  LoopLag lag(loop);
  lag.Start(LoopLag::Vus::kSeveral);
  lag.Stop();
  bool done = false;
  vu::Timer end([&] { done = true; });
  loop.Arm(end, std::chrono::steady_clock::now() + 30ms);
  loop.RunUntil([&] { return done; });
  EXPECT_TRUE(lag.lateness().empty());
}

// The loop is kept from turning for 1.05 s, by a thread that sleeps or one that computes.
std::chrono::nanoseconds StalledBy(bool computes, LoopLag::Vus vus) {
  vu::Loop loop;
  LoopLag lag(loop);
  lag.Start(vus);
  bool done = false;
  loop.Post([&] {
    const auto until = std::chrono::steady_clock::now() + 1060ms;
    if (!computes) std::this_thread::sleep_until(until);
    while (std::chrono::steady_clock::now() < until) {
    }
    loop.Post([&] { done = true; });
  });
  loop.RunUntil([&] { return done; });
  lag.Stop();
  return lag.stalled();
}

TEST(LoopLag, AStoppedLoopIsLoadThatWasNotThere) {
  EXPECT_GE(StalledBy(false, LoopLag::Vus::kOne), 1s);
  EXPECT_GE(StalledBy(true, LoopLag::Vus::kSeveral), 1s);
}

}  // namespace
}  // namespace loadctl::worker
