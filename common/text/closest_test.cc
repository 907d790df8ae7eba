#include "common/text/closest.h"

#include <gtest/gtest.h>

#include <array>

namespace loadctl::text {
namespace {

constexpr std::array<std::string_view, 6> kKnown = {"vus",        "duration", "k6/http",
                                                    "iterations", "env",      "no-color"};

TEST(ClosestName, IsTheOneThatWasMeant) {
  EXPECT_EQ(ClosestName("duraton", kKnown), "duration");
  EXPECT_EQ(ClosestName("Duration", kKnown), "duration");
  EXPECT_EQ(ClosestName("iteratoins", kKnown), "iterations");
  EXPECT_EQ(ClosestName("k6/htpp", kKnown), "k6/http");
  EXPECT_EQ(ClosestName("nocolor", kKnown), "no-color");
  EXPECT_EQ(ClosestName("vu", kKnown), "vus");
  EXPECT_EQ(DidYouMean("duraton", kKnown, "--"), "; did you mean \"--duration\"?");
}

TEST(ClosestName, IsNoneWhereNothingIsNear) {
  for (const char* far : {"", "x", "stages", "xyz", "durable"})
    EXPECT_EQ(ClosestName(far, kKnown), "") << far;
  EXPECT_EQ(ClosestName(std::string(100'000, 'a'), kKnown), "");
  EXPECT_EQ(DidYouMean("stages", kKnown), "");
}

}  // namespace
}  // namespace loadctl::text
