#include "agent/net/proxy/proxy_rules.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

ProxyRules Rules(const ProxyEnvironment& environment) {
  auto rules = ProxyRules::Make(environment);
  EXPECT_TRUE(rules) << rules.error().message;
  return rules ? std::move(*rules) : ProxyRules();
}

/// `host:port` of the proxy for a URL, or `direct`.
std::string Through(const ProxyRules& rules, const std::string& url) {
  const Proxy* proxy = rules.For(*ParseUrl(url));
  return proxy == nullptr ? "direct" : proxy->host + ':' + std::to_string(proxy->port);
}

TEST(ProxyRules, EachSchemeHasItsVariable) {
  const ProxyRules rules = Rules({"http://one:1", "http://two:2", "", false});
  EXPECT_EQ(Through(rules, "http://example.com/"), "one:1");
  EXPECT_EQ(Through(rules, "https://example.com/"), "two:2");
  EXPECT_EQ(Through(Rules({"", "two:2", "", false}), "http://example.com/"), "direct");
  EXPECT_TRUE(Rules({}).empty());
  EXPECT_FALSE(rules.empty());
}

TEST(ProxyRules, AddressesMayLeaveOutWhatIsUsual) {
  const auto parsed = [](const std::string& text) {
    return *Rules({text, "", "", false}).For(*ParseUrl("http://example.com/"));
  };
  EXPECT_EQ(parsed("cache.corp").port, 80);
  EXPECT_EQ(parsed("cache.corp:3128").host, "cache.corp");
  EXPECT_EQ(parsed("localhost:3128").port, 3128);
  EXPECT_EQ(parsed("https://cache.corp").port, 443);
  EXPECT_EQ(parsed("https://cache.corp").kind, Proxy::Kind::kHttps);
  EXPECT_EQ(parsed("socks5://cache.corp").port, 1080);
  EXPECT_EQ(parsed("socks5h://cache.corp:9").kind, Proxy::Kind::kSocks5);
  EXPECT_EQ(parsed("http://[::1]:3128").host, "::1");
  EXPECT_EQ(parsed("http://b\xc3\xbc"
                   "cher.test")
                .host,
            "xn--bcher-kva.test");
  EXPECT_EQ(parsed("http://me:p%40ss@cache.corp").authorization, "Basic bWU6cEBzcw==");
  EXPECT_EQ(parsed("http://cache.corp").authorization, "");
}

TEST(ProxyRules, WrongAddressesAreRefusedWithoutQuotingThem) {
  for (const char* text : {"ftp://me:secret@h", "http://", "http://h:99999", "http://me:secret@",
                           "http://a b", ":3128", "socks4://h"}) {
    const auto rules = ProxyRules::Make({text, "", "", false});
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.error().code, ErrorCode::kInvalidConfig);
    EXPECT_TRUE(rules.error().message.starts_with("HTTP_PROXY: ")) << rules.error().message;
    EXPECT_EQ(rules.error().message.find("secret"), std::string::npos) << rules.error().message;
  }
  EXPECT_FALSE(ProxyRules::Make({"", "ftp://h", "", false}));
  EXPECT_FALSE(ProxyRules::Make({"cache.corp", "", "", true})) << "in CGI it may be a header";
  EXPECT_TRUE(ProxyRules::Make({"", "cache.corp", "", true}));
}

TEST(ProxyRules, WhatIsReachedDirectly) {
  const struct {
    const char* list;
    const char* url;
    bool direct;
  } kCases[] = {
      {"", "http://localhost/", true},
      {"", "http://LOCALHOST/", false},  // as Go, which compares the letters
      {"", "http://127.9.9.9:81/", true},
      {"", "http://[::1]:81/", true},
      {"", "http://10.0.0.1/", false},
      {"*", "http://example.com/", true},
      {"foo, *", "http://example.com/", true},
      {"example.com", "http://example.com/", true},
      {"example.com", "http://EXAMPLE.com/", true},
      {"EXAMPLE.com", "http://a.b.example.com/", true},
      {"example.com", "http://badexample.com/", false},
      {".example.com", "http://a.example.com/", true},
      {".example.com", "http://example.com/", false},
      {"*.example.com", "http://a.example.com/", true},
      {"*.example.com", "http://example.com/", false},
      {"example.com:81", "http://example.com:81/", true},
      {"example.com:81", "http://example.com/", false},
      {"example.com:80", "http://example.com/", true},
      {"example.com:443", "https://example.com/", true},
      {" x.test ,\texample.com ", "http://example.com/", true},
      {"example", "http://example.com/", false},
      {"10.1.0.0/16", "http://10.1.255.9/", true},
      {"10.1.0.0/16", "http://10.2.0.1/", false},
      {"10.1.2.3", "http://10.1.2.3:8080/", true},
      {"10.1.2.3:80", "http://10.1.2.3/", true},
      {"10.1.2.3:80", "http://10.1.2.3:81/", false},
      {"fd00::/8", "http://[fd12::1]/", true},
      {"fd12::1", "http://[fd12::1]:9/", true},
      {"[fd12::1]:9", "http://[fd12::1]:9/", true},
      {"[fd12::1]:9", "http://[fd12::1]:8/", false},
      {"10.1", "http://10.1.2.3/", false},
      {"b\xc3\xbc"
       "cher.test",
       "http://xn--bcher-kva.test/", true},
      {",,:80,/,[", "http://example.com/", false},
  };
  for (const auto& one : kCases) {
    const ProxyRules rules = Rules({"proxy:3128", "proxy:3128", one.list, false});
    EXPECT_EQ(Through(rules, one.url), one.direct ? "direct" : "proxy:3128")
        << one.list << " and " << one.url;
  }
}

}  // namespace
}  // namespace loadctl::net
