#include "agent/net/http/url.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

std::string ErrorOf(std::string_view text) {
  const Result<Url> url = ParseUrl(text);
  return url ? "parsed" : url.error().message;
}

TEST(Url, SplitsIntoParts) {
  const Result<Url> url = ParseUrl("HTTP://us%40er:pa%20ss@h.example:8080/a%20b/c?x=1&y#fr");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "pa ss");
  EXPECT_EQ(url->Hostname(), "h.example");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->RequestTarget(), "/a%20b/c?x=1&y");
  EXPECT_EQ(url->ToString(), "http://us%40er:pa%20ss@h.example:8080/a%20b/c?x=1&y#fr");
  EXPECT_EQ(url->Masked(), "http://****:****@h.example:8080/a%20b/c?x=1&y#fr");
}

TEST(Url, EscapesPathsAsGoAndLeavesQueriesButForSpaces) {
  // k6 2.2 sends `?c d`, which ends the target at the space.
  EXPECT_EQ(ParseUrl("http://h/a b?c d&\"x\" ")->RequestTarget(), "/a%20b?c%20d&\"x\"%20");
  EXPECT_EQ(ParseUrl("http://h/a b?c d&\"x\"")->ToString(), "http://h/a%20b?c d&\"x\"");
  EXPECT_EQ(ParseUrl("http://h/\xc3\xa9")->RequestTarget(), "/%C3%A9");
  EXPECT_EQ(ParseUrl("http://h")->RequestTarget(), "/");
  EXPECT_EQ(ParseUrl("http://h?")->RequestTarget(), "/?");
}

TEST(Url, KeepsAHostThatIsEmpty) {
  EXPECT_EQ(ParseUrl("http:///x")->ToString(), "http:///x");
  EXPECT_EQ(ParseUrl("http:/x")->ToString(), "http:/x");
  EXPECT_EQ(ParseUrl("http://")->ToString(), "http:");
}

TEST(Url, HasDefaultPortsAndIpv6) {
  EXPECT_EQ(ParseUrl("https://h/")->port, 443);
  EXPECT_EQ(ParseUrl("http://h:/")->port, 80);
  EXPECT_EQ(ParseUrl("http://h:/")->host_header, "h");
  EXPECT_EQ(ParseUrl("http://[::1]:81/")->Hostname(), "::1");
  EXPECT_EQ(ParseUrl("http://[::1]:81/")->port, 81);
  EXPECT_EQ(ParseUrl("http://h:99999/")->port, 0);
}

TEST(Url, FailsInGosWords) {
  // Taken from k6 2.2's own output.
  EXPECT_EQ(ErrorOf("http://a b/"), "parse \"http://a b/\": invalid character \" \" in host name");
  EXPECT_EQ(ErrorOf("http://["), "parse \"http://[\": missing ']' in host");
  EXPECT_EQ(ErrorOf("http://h:x/"), "parse \"http://h:x/\": invalid port \":x\" after host");
  EXPECT_EQ(ErrorOf("http://%zz/"), "parse \"http://%zz/\": invalid URL escape \"%zz\"");
  EXPECT_EQ(ErrorOf("::"), "parse \"::\": missing protocol scheme");
  EXPECT_EQ(ErrorOf("http://u:p|@h/"), "parse \"http://u:p|@h/\": net/url: invalid userinfo");
  EXPECT_EQ(ErrorOf("http://h/%zz"), "parse \"http://h/%zz\": invalid URL escape \"%zz\"");
  EXPECT_EQ(ErrorOf("http://\x01"),
            "parse \"http://\\x01\": net/url: invalid control character in URL");
  EXPECT_EQ(ErrorOf("http://[::1]x/"), "parse \"http://[::1]x/\": invalid port \"x\" after host");
  EXPECT_EQ(ErrorOf("http://[foo]/"),
            "parse \"http://[foo]/\": invalid host: ParseAddr(\"foo\"): unable to parse IP");
  EXPECT_EQ(ErrorOf("http://a:1:2/"), "parsed");
}

TEST(Url, ResolvesReferencesByRfc3986) {
  const Url base = *ParseUrl("http://a/b/c/d;p?q");
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"./../g", "http://a/b/g"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"https://u:p@z/x", "https://u:p@z/x"},
  };
  for (const auto& [reference, expected] : cases) {
    EXPECT_EQ(base.Resolve(reference)->ToString(), expected) << reference;
  }
}

TEST(Url, PrintedUrlParsesToItself) {
  for (const char* text : {"http://h/", "https://u@h:1/%2F?a=%zz#x", "http://[::1]/", "/a/b?c",
                           "http://h/a%20b", "http://h/[x]"}) {
    const std::string once = ParseUrl(text)->ToString();
    EXPECT_EQ(ParseUrl(once)->ToString(), once) << text;
  }
}

TEST(Url, SendsInternationalNamesInAscii) {
  const Result<Url> url = ParseUrl(
      "http://user@B\xc3\x9c"
      "CHER.test:8080/\xc3\xbc");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->Hostname(), "xn--bcher-kva.test");
  EXPECT_EQ(url->host_header, "xn--bcher-kva.test:8080");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->host,
            "B\xc3\x9c"
            "CHER.test:8080");
  const Result<Url> next = url->Resolve("/x");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->Hostname(), "xn--bcher-kva.test");
  EXPECT_EQ(ParseUrl("http://\xe6\x97\xa5\xe6\x9c\xac.test/")->Hostname(), "xn--wgv71a.test");
  EXPECT_EQ(ParseUrl("http://stra\xc3\x9f"
                     "e.test/")
                ->Hostname(),
            "xn--strae-oqa.test");
  EXPECT_EQ(ParseUrl("http://PLAIN.test/")->Hostname(), "PLAIN.test");
}

}  // namespace
}  // namespace loadctl::net
