#include "common/metrics/part.h"

#include <gtest/gtest.h>

namespace loadctl::metrics {
namespace {

template <typename Part>
std::string SuffixOf(const Part& part) {
  std::string out = "before";
  PutSuffix(part, out);
  return out;
}

TEST(Part, APlaceComesBackFromItsSuffix) {
  for (const Place& place : {Place{"s", ""}, Place{"", "::a::b"}, Place{"s", "::"}}) {
    const std::string suffix = SuffixOf(place);
    EXPECT_TRUE(IsPart(suffix));
    EXPECT_EQ(PlaceOf(suffix), place);
    EXPECT_FALSE(FailedRequestOf(suffix));
  }
}

TEST(Part, AFailedRequestComesBackFromItsSuffix) {
  const FailedRequest request{"GET", "http://a/?x={y:1}", "503", "1503"};
  const std::string suffix = SuffixOf(request);
  EXPECT_EQ(FailedRequestOf(suffix), request);
  EXPECT_FALSE(PlaceOf(suffix));
}

TEST(Part, ASeparatorInAValueIsABlank) {
  const std::string suffix =
      SuffixOf(Place{"a\x1f"
                     "b",
                     "::\x1f"});
  EXPECT_EQ(PlaceOf(suffix), (Place{"a b", ":: "}));
}

TEST(Part, OtherTextIsNone) {
  for (const std::string text : {"", "status:200", "\x1f", "\x1fplace",
                                 "\x1fplace\x1f"
                                 "a",
                                 "\x1fplace\x1f"
                                 "a\x1f::b\x1f",
                                 "\x1f"
                                 "failed\x1f"
                                 "a\x1f"
                                 "b\x1f"
                                 "c"}) {
    EXPECT_FALSE(PlaceOf(text)) << text;
    EXPECT_FALSE(FailedRequestOf(text)) << text;
  }
}

TEST(Part, WhatIsTooManyHasAPlaceOfItsOwn) {
  EXPECT_EQ(PlaceOf(OtherOf(SuffixOf(Place{"s", "::a"}))), (Place{"", "::(other)"}));
  EXPECT_EQ(FailedRequestOf(OtherOf(SuffixOf(FailedRequest{"GET", "x", "500", "1500"}))),
            (FailedRequest{"", "(other)", "", ""}));
}

}  // namespace
}  // namespace loadctl::metrics
