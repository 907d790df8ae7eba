#include "agent/worker/watchdog.h"

#include <gtest/gtest.h>

#include <thread>

#include "agent/vu/vu_test_world.h"

namespace loadctl::worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// A VU whose loop is busy with its own script, and a watchdog that looks after it.
struct Spinning {
  Spinning() : world("export default function() { for (;;) {} }"), vu(world.Ready()) {
    watchdog.WatchAlways(world.loop.slot());
  }
  vu::World world;
  vu::Vu& vu;
  Watchdog watchdog{nullptr, nullptr};
};

TEST(Watchdog, AnEarlierDeadlineReachesAScriptThatNeverWaits) {
  Spinning test;
  std::thread conductor([&] {
    while (test.world.loop.slot().vu.load() != &test.vu || test.vu.work().serial() == 0)
      std::this_thread::yield();
    std::this_thread::sleep_for(50ms);
    test.vu.SetDeadline(steady_clock::now() + 50ms);
  });
  const auto began = steady_clock::now();
  EXPECT_EQ(test.world.Iterate(test.vu, began + 20s).kind, vu::WorkResult::Kind::kInterrupted);
  EXPECT_GE(steady_clock::now() - began, 100ms);
  EXPECT_LT(steady_clock::now() - began, 10s);
  conductor.join();
}

TEST(Watchdog, ALaterDeadlineIsWaitedFor) {
  Spinning test;
  std::thread conductor([&] {
    while (test.world.loop.slot().vu.load() != &test.vu || test.vu.work().serial() == 0)
      std::this_thread::yield();
    test.vu.SetDeadline(steady_clock::now() + 600ms);
  });
  const auto began = steady_clock::now();
  EXPECT_EQ(test.world.Iterate(test.vu, began + 300ms).kind, vu::WorkResult::Kind::kInterrupted);
  EXPECT_GE(steady_clock::now() - began, 600ms);
  conductor.join();
}

}  // namespace
}  // namespace loadctl::worker
