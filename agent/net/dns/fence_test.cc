#include "agent/net/dns/fence.h"

#include <gtest/gtest.h>

#include <string>

namespace loadctl::net {
namespace {

bool IsOpen(std::string_view allowed, std::string_view denied, std::string_view address) {
  std::string wrong;
  const auto fence = Fence::Parse(allowed, denied, wrong);
  EXPECT_TRUE(fence) << wrong;
  return fence->WhyClosed(*IpAddress::Parse(address)).empty();
}

TEST(Fence, IsOpenWhereNothingIsSaid) { EXPECT_TRUE(IsOpen("", "", "169.254.169.254")); }

TEST(Fence, DeniesRanges) {
  constexpr auto kMetadata = "169.254.0.0/16,fd00:ec2::254";
  EXPECT_FALSE(IsOpen("", kMetadata, "169.254.169.254"));
  EXPECT_FALSE(IsOpen("", kMetadata, "::ffff:169.254.169.254"));  // the same in other words
  EXPECT_FALSE(IsOpen("", kMetadata, "fd00:ec2::254"));
  EXPECT_TRUE(IsOpen("", kMetadata, "fd00:ec2::255"));
  EXPECT_TRUE(IsOpen("", kMetadata, "10.0.0.1"));
}

TEST(Fence, WhatIsAllowedIsOpenWhateverElse) {
  EXPECT_TRUE(IsOpen("10.1.0.0/16", "0.0.0.0/0,::/0", "10.1.2.3"));
  EXPECT_FALSE(IsOpen("10.1.0.0/16", "0.0.0.0/0,::/0", "10.2.0.1"));
  EXPECT_FALSE(IsOpen("10.1.0.0/16", "0.0.0.0/0,::/0", "::1"));
  EXPECT_TRUE(IsOpen("10.1.0.0/16", "", "10.1.2.3"));
  EXPECT_FALSE(IsOpen("10.1.0.0/16", "", "10.2.0.1"));
}

TEST(Fence, NamesWhatIsNoRange) {
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x", "::1/129", "1.2.3.4/8x"}) {
    std::string wrong;
    EXPECT_FALSE(Fence::Parse("", std::string("127.0.0.1,") + text, wrong)) << text;
    EXPECT_EQ(wrong, text);
  }
}

}  // namespace
}  // namespace loadctl::net
