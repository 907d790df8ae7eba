#include "controller/run/bottleneck.h"

#include <gtest/gtest.h>

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;

constexpr summary::CpuUse kSaturated{10s, 8s, 1500ms, 9s};
constexpr const char* kNoCpu =
    "its workers had no CPU to spare for 90 % of the time (80 % on a core, 15 % waiting for one)";

summary::LedgerEntry Entry(summary::CpuUse cpu) {
  summary::LedgerEntry entry;
  entry.cpu = cpu;
  return entry;
}
summary::LedgerEntry Planned(summary::CpuUse cpu, double p99) {
  auto entry = Entry(cpu);
  entry.start_lag = summary::StartLag{1000, 0.1, 0.2, p99, 2 * p99};
  return entry;
}

TEST(Bottleneck, NothingIsSaidOfAnAgentThatKeptUp) {
  EXPECT_EQ(WhyBottleneck(Entry({})), "");
  EXPECT_EQ(WhyBottleneck(Planned({10s, 4s, 100ms, 0s}, 0.4)), "");
}

TEST(Bottleneck, UsingUpTheCpuIsAReasonOnlyWhereIterationsHadAPlan) {
  EXPECT_EQ(WhyBottleneck(Entry(kSaturated)), "");
  EXPECT_EQ(WhyBottleneck(Planned(kSaturated, 0.4)), kNoCpu);
}

TEST(Bottleneck, AMomentWithoutCpuIsNoBottleneck) {
  EXPECT_EQ(WhyBottleneck(Planned({10s, 6s, 0s, 4900ms}, 0.4)), "");     // less than half
  EXPECT_EQ(WhyBottleneck(Planned({2s, 1900ms, 0s, 1900ms}, 0.4)), "");  // 2 s of it at least
  EXPECT_NE(WhyBottleneck(Planned({2s, 2s, 0s, 2s}, 0.4)), "");
}

TEST(Bottleneck, LateStartsAndLoopsAreReasonsAndCpuTheirCause) {
  EXPECT_EQ(WhyBottleneck(Planned({}, 12)), "started 1 % of its iterations 12ms late or more");
  EXPECT_EQ(WhyBottleneck(Planned({}, 10)), "");
  auto closed = Entry({});
  closed.loop_lag = {600, 31ms, 40ms};
  const std::string late = "its event loops were 31ms late at p99, 40ms at worst";
  EXPECT_EQ(WhyBottleneck(closed), late);
  closed.cpu = kSaturated;
  EXPECT_EQ(WhyBottleneck(closed), late + ", " + kNoCpu);
  closed.loop_lag.samples = 99;  // too few to tell
  EXPECT_EQ(WhyBottleneck(closed), "");
}

}  // namespace
}  // namespace loadctl::controller
