#include "agent/net/http/cookie_jar.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

using std::chrono::seconds;
constexpr CookieJar::Now kNow{seconds(1'700'000'000)};

class Jar : public testing::Test {
 protected:
  CookieJar jar_;

  void Set(std::string_view url, std::string_view line) {
    const auto cookie = ParseSetCookie(line);
    if (cookie) jar_.Set(*ParseUrl(url), *cookie, kNow);
  }
  std::string At(std::string_view url, CookieJar::Now now = kNow) {
    return jar_.Header(*ParseUrl(url), now);
  }
};

TEST_F(Jar, KeepsHostOnlyCookiesToTheirHost) {
  Set("http://www.a.com/", "x=1");
  EXPECT_EQ(At("http://www.a.com/any"), "x=1");
  EXPECT_EQ(At("http://a.com/"), "");
  EXPECT_EQ(At("http://b.www.a.com/"), "");
}

TEST_F(Jar, SendsDomainCookiesToSubdomains) {
  Set("http://www.a.com/", "x=1; Domain=.A.com");
  EXPECT_EQ(At("http://a.com/"), "x=1");
  EXPECT_EQ(At("https://q.a.com/"), "x=1");
  EXPECT_EQ(At("http://xa.com/"), "");
}

TEST_F(Jar, DropsForeignDomains) {
  Set("http://www.a.com/", "x=1; Domain=b.com");
  Set("http://127.0.0.1/", "y=1; Domain=0.0.1");
  EXPECT_TRUE(jar_.empty());
}

TEST_F(Jar, MatchesPathsAndSortsByLength) {
  Set("http://a.com/one/two", "p=0");  // default path /one
  Set("http://a.com/", "r=1; Path=/");
  Set("http://a.com/", "s=2; Path=/one/two");
  EXPECT_EQ(At("http://a.com/one/two/x"), "s=2; p=0; r=1");
  EXPECT_EQ(At("http://a.com/onetwo"), "r=1");
}

TEST_F(Jar, HonoursSecure) {
  Set("https://a.com/", "x=1; Secure");
  EXPECT_EQ(At("http://a.com/"), "");
  EXPECT_EQ(At("https://a.com/"), "x=1");
}

TEST_F(Jar, ExpiresAndDeletes) {
  Set("http://a.com/", "x=1; Max-Age=10");
  Set("http://a.com/", "y=1; Expires=Tue, 14 Nov 2023 22:13:30 GMT");  // kNow + 10 s
  EXPECT_EQ(At("http://a.com/", kNow + seconds(9)), "x=1; y=1");
  EXPECT_EQ(At("http://a.com/", kNow + seconds(10)), "");
  Set("http://a.com/", "z=1");
  Set("http://a.com/", "z=; Max-Age=0");
  EXPECT_EQ(At("http://a.com/"), "");
}

TEST_F(Jar, ReplacesInPlace) {
  Set("http://a.com/", "x=1");
  Set("http://a.com/", "y=1");
  Set("http://a.com/", "x=2");
  EXPECT_EQ(At("http://a.com/"), "x=2; y=1");
}

TEST(SetCookie, ParsesAttributes) {
  const auto cookie = ParseSetCookie(
      "id=\"a b\"; Path=/p; Domain=d.com; Max-Age=5; Secure; HttpOnly; SameSite=Lax");
  ASSERT_TRUE(cookie);
  EXPECT_EQ(cookie->value, "a b");
  EXPECT_EQ(cookie->path, "/p");
  EXPECT_EQ(cookie->max_age, 5);
  EXPECT_TRUE(cookie->secure && cookie->http_only);
  EXPECT_FALSE(ParseSetCookie("novalue"));
  EXPECT_FALSE(ParseSetCookie("bad name=1"));
  EXPECT_FALSE(
      ParseSetCookie("n=a\x01"
                     "b"));
}

TEST(SetCookie, TakesAndSendsValuesThatGoDrops) {
  for (const char* value : {"{\"a\":1,\"b\":\"c d\"}", "caf\xc3\xa9", "a\\b"}) {
    const auto cookie = ParseSetCookie("n=" + std::string(value) + "; Path=/");
    ASSERT_TRUE(cookie) << value;
    EXPECT_EQ(cookie->value, value);
    EXPECT_EQ(CookiePair("n", cookie->value), "n=" + std::string(value));
  }
}

TEST_F(Jar, LifetimesAre64BitNumbers) {
  EXPECT_EQ(ParseSetCookie("n=v; Max-Age=2147483648")->max_age, 2147483648);
  EXPECT_EQ(ParseSetCookie("n=v; Max-Age=31536000000000")->max_age, 31536000000000);
  Set("http://h/", "n=v; Max-Age=4000000000; Expires=Thu, 01 Jan 1970 00:00:01 GMT");
  Set("http://h/", "m=v; Max-Age=9223372036854775807");
  EXPECT_EQ(At("http://h/"), "n=v; m=v");
}

TEST(SetCookie, ParsesBothDates) {
  EXPECT_EQ(ParseHttpDate("Tue, 14 Nov 2023 22:13:20 GMT"), kNow);
  EXPECT_EQ(ParseHttpDate("Tue, 14-Nov-2023 22:13:20 GMT"), kNow);
  EXPECT_FALSE(ParseHttpDate("Tue, 31 Feb 2023 22:13:20 GMT"));
  EXPECT_FALSE(ParseHttpDate("yesterday"));
}

TEST(SetCookie, WritesPairsAsGo) {
  EXPECT_EQ(CookiePair("a", "1"), "a=1");
  EXPECT_EQ(CookiePair("a", "1 2"), "a=\"1 2\"");
  EXPECT_EQ(CookiePair("a\n", "x\ny;z"), "a-=xyz");
}

}  // namespace
}  // namespace loadctl::net
