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
    EXPECT_EQ(ForeignRequest(Reach::kLoopback, "GET", {good, "", "", ""}), "") << good;
  }
  for (const char* bad : {"evil.example", "evil.example:6565", "127.0.0.1.evil.example",
                          "localhost.evil.example:80", "10.0.0.1", "unix:/x", "a b", "::1"}) {
    EXPECT_NE(ForeignRequest(Reach::kLoopback, "GET", {bad, "", "", ""}), "") << bad;
  }
}

TEST(ForeignRequest, AnOriginIsTheServersOwn) {
  EXPECT_EQ(ForeignRequest(Reach::kLoopback, "GET", {"localhost:1", "http://localhost:1", "", ""}),
            "");
  EXPECT_EQ(
      ForeignRequest(Reach::kNetwork, "GET", {"Ctl.example:1", "http://ctl.example:1", "", ""}),
      "");
  for (const char* other : {"null", "https://localhost:1", "http://localhost:2", "http://evil",
                            "http://localhost:1.evil"}) {
    EXPECT_NE(ForeignRequest(Reach::kLoopback, "GET", {"localhost:1", other, "", ""}), "") << other;
    EXPECT_NE(ForeignRequest(Reach::kNetwork, "GET", {"localhost:1", other, "", ""}), "") << other;
  }
  EXPECT_EQ(ForeignRequest(Reach::kNetwork, "GET", {"any.example", "", "", ""}), "");
  EXPECT_EQ(
      ForeignRequest(Reach::kSocket, "GET", {"evil.example", "http://evil.example:9", "", ""}), "");
}

TEST(ForeignRequest, TheSiteIsTheServersOwnOrNobodys) {
  const auto asks = [](const char* method, const char* site, const char* mode) {
    return ForeignRequest(Reach::kLoopback, method, {"localhost:1", "", site, mode});
  };
  for (const char* own : {"", "same-origin", "none"}) {
    EXPECT_EQ(asks("POST", own, "cors"), "") << own;
    EXPECT_EQ(asks("GET", own, "no-cors"), "") << own;
  }
  for (const char* other : {"cross-site", "same-site", "anything"}) {
    EXPECT_NE(asks("POST", other, "navigate"), "") << other;
    EXPECT_NE(asks("GET", other, "no-cors"), "") << other;
    EXPECT_NE(asks("GET", other, ""), "") << other;
    EXPECT_EQ(asks("GET", other, "navigate"), "") << other;
    EXPECT_EQ(ForeignRequest(Reach::kSocket, "POST", {"x", "", other, "cors"}), "") << other;
  }
}

}  // namespace
}  // namespace loadctl::web
