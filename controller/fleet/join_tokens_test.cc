#include "controller/fleet/join_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;

TEST(JoinTokens, WhatWasMadeIsFoundInItsFileByItsTextAlone) {
  const auto now = WallClock::now();
  const auto one = MakeJoinToken("rack7", 1h, now), two = MakeJoinToken("rack8", 2h, now);
  ASSERT_TRUE(one && two);
  const std::vector<JoinToken> kept = {one->kept, two->kept};
  const auto read = ParseJoinTokens(FormatJoinTokens(kept), "f");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, kept);
  EXPECT_EQ(FormatJoinTokens(kept).find(one->text), std::string::npos);
  const auto found = FindJoinToken(*read, two->text);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "rack8");
  EXPECT_FALSE(FindJoinToken(*read, one->kept.id + two->text.substr(12)));
  EXPECT_FALSE(FindJoinToken(*read, one->kept.hash));
  EXPECT_FALSE(FindJoinToken(*read, ""));
  EXPECT_FALSE(FindJoinToken(*read, one->kept.id));
}

TEST(JoinTokens, ALineThatIsNoneIsNamed) {
  const std::string hash(64, 'a');
  const std::string good = "0123456789ab rack7 2026-12-24T18:00:00Z " + hash + "\n";
  EXPECT_TRUE(ParseJoinTokens("# remark\n\n" + good, "f"));
  for (const std::string& bad :
       {std::string("x"), "0123456789AB rack7 2026-12-24T18:00:00Z " + hash,
        "0123456789ab ra/ck 2026-12-24T18:00:00Z " + hash, "0123456789ab rack7 2026-12-24 " + hash,
        "0123456789ab rack7 9999-12-24T18:00:00Z " + hash,
        "0123456789ab rack7 2026-12-24T18:00:00Z " + hash.substr(1)}) {
    const auto read = ParseJoinTokens(good + bad, "f");
    ASSERT_FALSE(read) << bad;
    EXPECT_TRUE(read.error().message.starts_with("f:2: ")) << read.error().message;
  }
}

TEST(JoinTokens, TimeAndNameAreBounded) {
  const auto now = WallClock::now();
  EXPECT_FALSE(MakeJoinToken("a", 0s, now));
  EXPECT_FALSE(MakeJoinToken("a", kLongestJoin + 1s, now));
  EXPECT_FALSE(MakeJoinToken("", 1h, now));
  EXPECT_FALSE(MakeJoinToken("a b", 1h, now));
  EXPECT_FALSE(MakeJoinToken(std::string(49, 'a'), 1h, now));
}

}  // namespace
}  // namespace loadctl::fleet
