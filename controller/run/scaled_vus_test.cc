#include "controller/run/scaled_vus.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;

const ScaledVus::TimePoint kStart{1000s};

/// Two agents with half of the run each.
ScaledVus Halves() {
  const auto sequence = plan::EqualSequence(2);
  std::vector<plan::ExecutionTuple> shares;
  for (const auto& segment : sequence.segments)
    shares.push_back(plan::ExecutionTuple::Make(segment, sequence).value());
  return ScaledVus(std::move(shares));
}

TEST(ScaledVus, NothingIsOwedBeforeTheStart) {
  auto scaled = Halves();
  scaled.Tell(kStart - 9s, 0, 10);
  EXPECT_EQ(scaled.Seconds(1, kStart + 5s), 0);
  scaled.Start(kStart);
  EXPECT_EQ(scaled.Seconds(1, kStart - 1s), 0);
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 5s), 25);
  EXPECT_DOUBLE_EQ(scaled.Seconds(2, kStart + 5s), 25);
}

TEST(ScaledVus, ItStartsWithWhatWasSaidLast) {
  auto scaled = Halves();
  scaled.Tell(kStart - 2s, 1, 10);
  scaled.Tell(kStart - 1s, 2, 4);
  scaled.Start(kStart);
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 1s), 2);
}

TEST(ScaledVus, MoreAreOwedFromTheAnswerOn) {
  auto scaled = Halves();
  scaled.Tell({}, 0, 2);
  scaled.Start(kStart);
  scaled.Tell(kStart + 1s, 1, 10);
  scaled.Answer(kStart + 3s, 1, 1);
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 5s), 3 + 2 * 5);
  EXPECT_DOUBLE_EQ(scaled.Seconds(2, kStart + 5s), 5);  // it has not answered
}

TEST(ScaledVus, WhoNeverAnswersHasHeardAllTheSame) {
  auto scaled = Halves();
  scaled.Tell({}, 0, 2);
  scaled.Start(kStart);
  scaled.Tell(kStart + 1s, 1, 10);
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 21s), 11 + 10 * 5);
}

TEST(ScaledVus, FewerAreOwedFromTheOrderOn) {
  auto scaled = Halves();
  scaled.Tell({}, 0, 10);
  scaled.Start(kStart);
  scaled.Tell(kStart + 1s, 1, 2);
  scaled.Tell(kStart + 2s, 2, 20);
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 3s), 5 + 1 + 1);
  scaled.Answer(kStart + 3s, 1, 2);  // of both
  EXPECT_DOUBLE_EQ(scaled.Seconds(1, kStart + 4s), 5 + 1 + 1 + 10);
}

}  // namespace
}  // namespace loadctl::controller
