#include "agent/worker/preflight.h"

#include <gtest/gtest.h>

namespace loadctl::worker {
namespace {

constexpr Limits kDebian{1048576, 65530, 8ull << 30, 28232};

TEST(Preflight, TenThousandGroupedVusFitADefaultDebian) {
  const auto warnings = Preflight({10000, 16, 2}, kDebian);
  ASSERT_TRUE(warnings) << warnings.error().message;
  EXPECT_TRUE(warnings->empty());
}

TEST(Preflight, FortyThousandVusInGroupsOfFortyFitADefaultDebian) {
  EXPECT_TRUE(Preflight({40000, 40, 2}, {1048576, 65530, 24ull << 30, 0}));
}

TEST(Preflight, TooManyIsolatesNameTheNumberAndTheCure) {
  const auto refused = Preflight({10000, 1, 2}, kDebian);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("vm.max_map_count allows 65530"), std::string::npos);
  EXPECT_NE(refused.error().message.find("--vus-per-isolate=16"), std::string::npos);
}

TEST(Preflight, TooFewDescriptorsAreAnError) {
  const auto refused = Preflight({2000, 16, 1}, {1024, 65530, 0, 0});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the limit is 1024"), std::string::npos);
}

TEST(Preflight, TheMostVusPassAndALittleMoreDoNot) {
  for (const Limits& limits : {kDebian, Limits{4096, 65530, 0, 0}, Limits{1048576, 0, 0, 0},
                               Limits{0, 65530, 0, 0}, Limits{0, 262144, 0, 0}}) {
    for (const std::uint64_t per : {1, 16, 40}) {
      const std::uint64_t most = MostVus({0, per, 4}, limits);
      ASSERT_GT(most, 0u);
      EXPECT_TRUE(Preflight({most, per, 4}, limits)) << most << " " << per;
      EXPECT_FALSE(Preflight({most + 2 * per, per, 4}, limits)) << most << " " << per;
    }
  }
  EXPECT_EQ(MostVus({0, 40, 4}, {}), 0u);
}

TEST(Preflight, MemoryAndPortsWarn) {
  const auto warnings = Preflight({29000, 64, 1}, {1048576, 1000000, 1u << 30, 28232});
  ASSERT_TRUE(warnings);
  EXPECT_EQ(warnings->size(), 2u);
}

TEST(Preflight, TasksAtOnceFitTheMappingsThatVusLeave) {
  EXPECT_EQ(TasksAtOnce({10, 1, 1}, kDebian), 4096u);
  const std::size_t beside_many = TasksAtOnce({38000, 40, 2}, kDebian);
  EXPECT_LT(beside_many, 4096u);
  EXPECT_GT(beside_many, 64u);
  EXPECT_EQ(TasksAtOnce({46000, 40, 2}, kDebian), 64u);
}

TEST(Preflight, ThisMachineHasLimits) {
  const Limits limits = ReadLimits();
  EXPECT_GT(limits.descriptors, 0u);
  EXPECT_GT(limits.mappings, 0u);
  EXPECT_GT(limits.available_memory, 0u);
}

}  // namespace
}  // namespace loadctl::worker
