#include "common/base/pause_clock.h"

#include <gtest/gtest.h>

namespace loadctl {
namespace {

using namespace std::chrono_literals;
using TimePoint = PauseClock::TimePoint;

constexpr TimePoint At(std::chrono::nanoseconds since) { return TimePoint(since); }

TEST(PauseClock, IsTheSteadyClockUntilTheFirstPause) {
  const PauseClock clock;
  EXPECT_FALSE(clock.paused());
  EXPECT_EQ(clock.Own(At(5s)), At(5s));
  EXPECT_EQ(clock.Steady(At(5s)), At(5s));
  EXPECT_EQ(clock.Steady(TimePoint::max()), TimePoint::max());
}

TEST(PauseClock, StandsStillWhilePaused) {
  PauseClock clock;
  clock.Pause(At(10s));
  EXPECT_TRUE(clock.paused());
  EXPECT_EQ(clock.Own(At(9s)), At(9s));
  EXPECT_EQ(clock.Own(At(10s)), At(10s));
  EXPECT_EQ(clock.Own(At(100s)), At(10s));
  clock.Pause(At(20s));
  EXPECT_EQ(clock.Own(At(100s)), At(10s)) << "the first pause counts";
}

TEST(PauseClock, LeavesOutAllPauses) {
  PauseClock clock;
  clock.Pause(At(10s));
  clock.Resume(At(13s));
  EXPECT_FALSE(clock.paused());
  EXPECT_EQ(clock.Own(At(13s)), At(10s));
  clock.Pause(At(20s));
  clock.Resume(At(20s + 1ns));
  EXPECT_EQ(clock.Own(At(30s)), At(27s - 1ns));
  EXPECT_EQ(clock.Steady(At(27s - 1ns)), At(30s));
  EXPECT_EQ(clock.Steady(TimePoint::max()), TimePoint::max());
}

TEST(PauseClock, TakesNoPauseThatEndsBeforeItBegins) {
  PauseClock clock;
  clock.Resume(At(1s));
  EXPECT_EQ(clock.Own(At(5s)), At(5s));
  clock.Pause(At(10s));
  clock.Resume(At(9s));
  EXPECT_EQ(clock.Own(At(11s)), At(11s));
}

}  // namespace
}  // namespace loadctl
