#include "controller/run/bottleneck.h"

#include <gtest/gtest.h>

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;

using std::chrono::nanoseconds;

struct Cpu {
  nanoseconds wall{0}, used{0}, waited{0}, saturated{0};
};
constexpr Cpu kSaturated{10s, 8s, 1500ms, 9s};
constexpr const char* kNoCpu =
    "its workers had no CPU to spare for 90 % of the time (80 % on a core, 15 % waiting for one)";

summary::LedgerEntry Entry(Cpu cpu) {
  summary::LedgerEntry entry;
  auto& use = *entry.mutable_health()->mutable_cpu();
  use.set_wall_ns(cpu.wall.count());
  use.set_used_ns(cpu.used.count());
  use.set_waited_ns(cpu.waited.count());
  use.set_saturated_ns(cpu.saturated.count());
  return entry;
}
summary::LedgerEntry Planned(Cpu cpu, double p99) {
  auto entry = Entry(cpu);
  entry.mutable_start_lag()->set_count(1000);
  entry.mutable_start_lag()->set_p99(p99);
  return entry;
}
summary::LedgerEntry Late(Cpu cpu, std::uint64_t samples) {
  auto entry = Entry(cpu);
  auto& lag = *entry.mutable_health()->mutable_loop_lag();
  lag.set_samples(samples);
  lag.set_p99_ns(nanoseconds(31ms).count());
  lag.set_max_ns(nanoseconds(40ms).count());
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
  const std::string late = "its event loops were 31ms late at p99, 40ms at worst";
  EXPECT_EQ(WhyBottleneck(Late({}, 600)), late);
  EXPECT_EQ(WhyBottleneck(Late(kSaturated, 600)), late + ", " + kNoCpu);
  EXPECT_EQ(WhyBottleneck(Late(kSaturated, 99)), "");  // too few to tell
}

TEST(Bottleneck, VusThatStoodStillAreTold) {
  summary::LedgerEntry entry;
  auto& cpu = *entry.mutable_health()->mutable_cpu();
  cpu.set_wall_ns(nanoseconds(600s).count());
  EXPECT_EQ(WhyBottleneck(entry), "");
  cpu.set_stalled_ns(nanoseconds(3s).count());
  EXPECT_EQ(WhyBottleneck(entry),
            "its VUs stood still for 0.5 % of the time, a second or more at a stretch");
}

}  // namespace
}  // namespace loadctl::controller
