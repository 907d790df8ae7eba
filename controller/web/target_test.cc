#include "controller/web/target.h"

#include <gtest/gtest.h>

namespace loadctl::web {
namespace {

TEST(Target, IsTakenApart) {
  const auto target = ParseTarget("/v1/metrics/a%7Bstatus:200%7d?x=%zz&y");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/metrics/a{status:200}");
  EXPECT_EQ(target->query, "x=%zz&y");
  for (const char* broken : {"/v1/metrics/%", "/v1/metrics/%4", "/v1/metrics/%g0", "/%zz"})
    EXPECT_FALSE(ParseTarget(broken)) << broken;
}

TEST(ForeignRequest, OnLoopbackTheHostIsThisMachine) {
  for (const char* good :
       {"", "localhost", "LOCALHOST:6565", "127.0.0.1:6565", "127.1.2.3", "[::1]:6565", "[::1]"}) {
    EXPECT_EQ(ForeignRequest(Reach::kLoopback, good, ""), "") << good;
  }
  for (const char* bad : {"evil.example", "evil.example:6565", "127.0.0.1.evil.example",
                          "localhost.evil.example:80", "10.0.0.1", "unix:/x", "a b", "::1"}) {
    EXPECT_NE(ForeignRequest(Reach::kLoopback, bad, ""), "") << bad;
  }
}

TEST(ForeignRequest, AnOriginIsTheServersOwn) {
  EXPECT_EQ(ForeignRequest(Reach::kLoopback, "localhost:1", "http://localhost:1"), "");
  EXPECT_EQ(ForeignRequest(Reach::kNetwork, "Ctl.example:1", "http://ctl.example:1"), "");
  for (const char* other : {"null", "https://localhost:1", "http://localhost:2", "http://evil",
                            "http://localhost:1.evil"}) {
    EXPECT_NE(ForeignRequest(Reach::kLoopback, "localhost:1", other), "") << other;
    EXPECT_NE(ForeignRequest(Reach::kNetwork, "localhost:1", other), "") << other;
  }
  EXPECT_EQ(ForeignRequest(Reach::kNetwork, "any.example", ""), "");
  EXPECT_EQ(ForeignRequest(Reach::kSocket, "evil.example", "http://evil.example:9"), "");
}

}  // namespace
}  // namespace loadctl::web
