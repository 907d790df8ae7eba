#include "common/wire/assignment.h"

#include <gtest/gtest.h>

namespace loadctl::wire {
namespace {

v1::Prepare Sound() {
  plan::Options options;
  options.scenarios.emplace_back().name = "default";
  v1::Prepare prepare;
  prepare.set_options_json(plan::OptionsToJson(options));
  prepare.set_segment("0:1");
  prepare.set_segment_sequence("0,1");
  return prepare;
}

TEST(Assignment, HasBoundsForWhatBecomesThreadsAndMemory) {
  EXPECT_TRUE(ReadPrepare(Sound()));
  v1::Prepare prepare = Sound();
  prepare.set_workers(kMaxWorkers + 1);
  EXPECT_EQ(ReadPrepare(prepare).error().message, "more than 1024 workers are asked for");
  prepare = Sound();
  prepare.set_vus_per_isolate(kMaxVusPerIsolate + 1);
  EXPECT_EQ(ReadPrepare(prepare).error().message, "more than 10000 VUs an isolate are asked for");
  for (const std::uint64_t heap : {std::uint64_t{1}, kLeastHeap - 1, kMaxHeap + 1}) {
    prepare = Sound();
    prepare.set_max_heap(heap);
    EXPECT_EQ(ReadPrepare(prepare).error().message, "a heap of 4 MB to 1 TB can be asked for");
  }
}

}  // namespace
}  // namespace loadctl::wire
