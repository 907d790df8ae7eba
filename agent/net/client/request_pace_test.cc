#include "agent/net/client/request_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace loadctl::net {
namespace {

using std::chrono::milliseconds;

TEST(RequestPace, GivesPlacesEvenlyApart) {
  RequestPace pace(100);
  const TimePoint start{std::chrono::seconds(1000)};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pace.Take(start), start + milliseconds(10) * i);
  // What nobody took is gone: no burst afterwards.
  const TimePoint later = start + std::chrono::seconds(1);
  EXPECT_EQ(pace.Take(later), later);
  EXPECT_EQ(pace.Take(later), later + milliseconds(10));
}

TEST(RequestPace, TakesAShareOfARate) {
  RequestPace pace(10.0 / 3);
  const TimePoint start{std::chrono::seconds(1000)};
  (void)pace.Take(start);
  EXPECT_EQ(pace.Take(start), start + milliseconds(300));
}

TEST(RequestPace, GivesNoPlaceTwice) {
  RequestPace pace(1000);
  const TimePoint start{std::chrono::seconds(1000)};
  std::vector<std::vector<TimePoint>> taken(4);
  std::vector<std::thread> threads;
  for (auto& mine : taken)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) mine.push_back(pace.Take(start));
    });
  for (auto& thread : threads) thread.join();
  std::vector<TimePoint> all;
  for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.back(), start + milliseconds(3999));
}

}  // namespace
}  // namespace loadctl::net
