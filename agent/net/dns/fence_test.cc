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

TEST(Fence, JudgesUnixSocketsByTheirPath) {
  std::string wrong;
  const auto why = [&](std::string_view allowed, std::string_view denied) {
    return Fence::Parse(allowed, denied, wrong)->WhyClosed(std::string_view("/run/a.sock"));
  };
  EXPECT_EQ(why("", ""), "");
  EXPECT_EQ(why("", "unix:"), "Unix socket (/run/a.sock) is one that this agent denies");
  EXPECT_EQ(why("unix:/run/a.sock", "unix:"), "");
  EXPECT_EQ(why("unix:/run/b.sock", "10.0.0.0/8"), "");
  EXPECT_EQ(why("unix:/run/b.sock,10.0.0.0/8", ""),
            "Unix socket (/run/a.sock) is none that this agent allows");
  EXPECT_EQ(why("unix:@b,unix:", "unix:"), "");
  EXPECT_FALSE(Fence::Parse("unix:a.sock", "", wrong));
  EXPECT_EQ(wrong, "unix:a.sock");
}

}  // namespace
}  // namespace loadctl::net
