#include "agent/worker/init_pool.h"

#include <gtest/gtest.h>

#include "agent/vu/vu_test_world.h"

namespace loadctl::worker {
namespace {

/// Numbers of the VUs that were made of ten, of which the init code of two throws.
void ExpectTheOthers(const InitOptions& options) {
  vu::World world(
      "if (__VU === 3 || __VU === 10) throw new Error('not ' + __VU); export default function() "
      "{}");
  Watchdog watchdog{nullptr, nullptr};
  std::vector<plan::VuNumbers> numbers;
  for (std::int64_t i = 1; i <= 10; ++i) numbers.push_back({i, i});
  MoreVus more = MakeMore(numbers, world.program, options, watchdog);
  ASSERT_EQ(more.failures.size(), 2u);
  EXPECT_EQ(more.failures[0].message.rfind("Error: not 3\n", 0), 0u) << more.failures[0].message;
  EXPECT_EQ(more.failures[1].message.rfind("Error: not 10\n", 0), 0u) << more.failures[1].message;
  std::vector<std::int64_t> made;
  for (auto& vu : more.made) {
    made.push_back(vu->numbers().in_test);
    vu->MoveTo(world.loop, world.recorder, nullptr, world.stats);
    EXPECT_EQ(world.Iterate(*vu).kind, vu::WorkResult::Kind::kComplete);
    world.vus.push_back(std::move(vu));
  }
  EXPECT_EQ(made, (std::vector<std::int64_t>{1, 2, 4, 5, 6, 7, 8, 9}));
}

TEST(MakeMore, AVuThatFailsDoesNoHarmToThoseOfItsIsolate) { ExpectTheOthers({{}, 16}); }

TEST(MakeMore, NorToThoseOfOtherIsolates) { ExpectTheOthers({{}, 1}); }

}  // namespace
}  // namespace loadctl::worker
