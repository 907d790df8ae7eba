#include "controller/fleet/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadctl::fleet {
namespace {

using testing::HasSubstr;

constexpr Machine kLarge{64, std::uint64_t{1} << 40, 1'000'000, 1'000'000};

std::string ErrorOf(const LocalDemand& demand, const Machine& machine) {
  const auto good = CheckCapacity(demand, machine);
  return good ? "" : good.error().message;
}

TEST(Capacity, OfALargeMachineSuffices) {
  EXPECT_EQ(ErrorOf({100, 0}, kLarge), "");
  EXPECT_EQ(ErrorOf({100'001, 0}, {}), "") << "nothing is known";
}

TEST(Capacity, NamesWhatIsLacking) {
  EXPECT_THAT(ErrorOf({100'001, 0}, kLarge),
              testing::StartsWith("--agents 100001 is more than this machine carries: at most 1024 "
                                  "for 64 processor cores; use fewer"));
  Machine machine = kLarge;
  machine.memory = std::uint64_t{160} << 20;
  EXPECT_THAT(ErrorOf({11, 0}, machine), HasSubstr("at most 10 for 160 MB of available memory"));
  EXPECT_EQ(ErrorOf({10, 0}, machine), "");
  machine = kLarge;
  machine.descriptors = 120;
  EXPECT_THAT(ErrorOf({11, 0}, machine), HasSubstr("at most 10 for 120 descriptors"));
  machine = kLarge;
  machine.processes = 300;
  EXPECT_THAT(ErrorOf({21, 0}, machine), HasSubstr("at most 20 for 300 processes and threads"));
  EXPECT_THAT(ErrorOf({3, 136}, machine), HasSubstr("at most 2 for 300 processes and threads"));
  EXPECT_THAT(ErrorOf({3, 136}, machine), HasSubstr("--ignore-limits"));
}

TEST(Capacity, IsAlwaysEnoughForOneAgent) {
  EXPECT_EQ(ErrorOf({1, 1024}, {1, 1, 1, 1}), "");
  EXPECT_THAT(ErrorOf({2, 0}, {1, 1, 1, 1}), HasSubstr("at most 1 for 0 MB")) << "never none";
}

TEST(Capacity, OfThisMachineIsKnown) {
  const Machine machine = ReadMachine();
  EXPECT_GT(machine.cores, 0U);
  EXPECT_GT(machine.memory, 0U);
  EXPECT_GT(machine.descriptors, 0U);
  EXPECT_GT(machine.processes, 0U);
}

}  // namespace
}  // namespace loadctl::fleet
