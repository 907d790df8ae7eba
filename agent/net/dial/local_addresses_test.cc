#include "agent/net/dial/local_addresses.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

std::string V4(const LocalAddresses& pool, std::uint64_t index) {
  return pool.For(index).v4->ToString();
}

TEST(LocalAddresses, GoThroughThePool) {
  const auto pool = LocalAddresses::Parse("192.168.220.1,192.168.0.10-192.168.0.12,10.0.0.0/30");
  ASSERT_TRUE(pool);
  const char* expected[] = {"192.168.220.1", "192.168.0.10", "192.168.0.11", "192.168.0.12",
                            "10.0.0.1",      "10.0.0.2",     "192.168.220.1"};
  for (std::uint64_t i = 0; i < std::size(expected); ++i) EXPECT_EQ(V4(*pool, i), expected[i]);
  EXPECT_FALSE(pool->For(0).v6);
}

TEST(LocalAddresses, KeepFamiliesApart) {
  const auto pool = LocalAddresses::Parse("127.0.0.2,fd:1::0/120,127.0.0.3");
  ASSERT_TRUE(pool);
  EXPECT_EQ(V4(*pool, 1), "127.0.0.3");
  EXPECT_EQ(pool->For(1).v6->ToString(), "fd:1::1");
  EXPECT_EQ(pool->For(257).v6->ToString(), "fd:1::1");
  EXPECT_EQ(pool->For(0).For(*IpAddress::Parse("::1"))->ToString(), "fd:1::");
  EXPECT_EQ(pool->For(0).For(*IpAddress::Parse("127.0.0.1"))->ToString(), "127.0.0.2");
}

TEST(LocalAddresses, TakeNetworksOfAnySize) {
  EXPECT_EQ(V4(*LocalAddresses::Parse("10.1.2.3/31"), 0), "10.1.2.2");
  EXPECT_EQ(V4(*LocalAddresses::Parse("10.1.2.3/32"), 5), "10.1.2.3");
  EXPECT_EQ(V4(*LocalAddresses::Parse("0.0.0.0/0"), 0), "0.0.0.1");
  EXPECT_EQ(LocalAddresses::Parse("::/0")->For(7).v6->ToString(), "::7");
}

TEST(LocalAddresses, SayAsK6WhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"here", "here is not a valid IP, IP range or CIDR"},
      {"", " is not a valid IP, IP range or CIDR"},
      {"1.1.1.1-", "wrong IP range format: 1.1.1.1-"},
      {"1.1.1.1-::1", "mixed IP range format: 1.1.1.1-::1"},
      {"1.1.1.2-1.1.1.1", "negative IP range: 1.1.1.2-1.1.1.1"},
      {"1.1.1.1/33", "parseCIDR() failed parsing 1.1.1.1/33: invalid CIDR address: 1.1.1.1/33"},
  };
  for (const auto& [text, expected] : cases) {
    const auto pool = LocalAddresses::Parse(text);
    ASSERT_FALSE(pool) << text;
    EXPECT_EQ(pool.error().message, expected);
  }
}

}  // namespace
}  // namespace loadctl::net
