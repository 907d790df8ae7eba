#include "common/daemon/endpoint.h"

#include <gtest/gtest.h>

namespace loadctl::daemon {
namespace {

bool Local(const char* address) { return IsLocal(*ParseEndpoint(address)); }

TEST(Endpoint, KnowsHostsPortsAndSockets) {
  const auto v6 = ParseEndpoint("[::1]:6566");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, "6566");
  const auto path = ParseEndpoint("unix:/run/loadctl.sock");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->path, "/run/loadctl.sock");
  for (const char* bad : {"", "host", ":1", "host:", "host:70000", "host:1x", "::1:1", "a b:1",
                          "unix:", "http://host:1", "host:-1"}) {
    EXPECT_FALSE(ParseEndpoint(bad)) << bad;
  }
}

TEST(Endpoint, OnlyThisMachineIsLocal) {
  for (const char* address : {"127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "localhost:1", "unix:x"})
    EXPECT_TRUE(Local(address)) << address;
  for (const char* address : {"127.example.com:1", "0.0.0.0:1", "10.0.0.1:1", "[::]:1",
                              "localhost.example.com:1", "128.0.0.1:1"}) {
    EXPECT_FALSE(Local(address)) << address;
  }
}

}  // namespace
}  // namespace loadctl::daemon
