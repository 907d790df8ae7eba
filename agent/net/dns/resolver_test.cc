#include "agent/net/dns/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <set>
#include <thread>

#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using std::chrono::milliseconds;

struct Dns {
  boost::asio::io_context io{1};
  LoopParker parker{io};
  std::atomic<int> lookups = 0;
  DnsService service;
  DnsResolver resolver{io, service};

  explicit Dns(DnsOptions options = {}, milliseconds delay = milliseconds(0))
      : service(options, [this, delay](const std::string& host) {
          ++lookups;
          std::this_thread::sleep_for(delay);
          LookupAnswer answer;
          if (host == "both") {
            answer.addresses = {*IpAddress::Parse("::1"), *IpAddress::Parse("10.0.0.1"),
                                *IpAddress::Parse("10.0.0.2")};
          } else if (host == "six") {
            answer.addresses = {*IpAddress::Parse("::6")};
          } else {
            answer.failure = {
                Outcome::kTransportError, code::kNoSuchHost, "lookup: no such host", {}};
          }
          return answer;
        }) {}
  std::string Ask(std::string_view host, TimePoint deadline = TimePoint::max()) {
    Wait wait{parker, deadline};
    const Resolution r = resolver.Resolve(host, 80, wait);
    return r.found ? r.endpoint.ToString() : r.failure.text;
  }
};

TEST(DnsResolver, AnswersLiteralsWithoutAsking) {
  Dns dns;
  EXPECT_EQ(dns.Ask("127.0.0.1"), "127.0.0.1:80");
  EXPECT_EQ(dns.Ask("::1"), "[::1]:80");
  EXPECT_EQ(dns.lookups, 0);
}

TEST(DnsResolver, CachesAnswersAndNotFailures) {
  Dns dns({std::chrono::minutes(5), DnsOptions::Select::kFirst, DnsOptions::Policy::kPreferIpv4});
  EXPECT_EQ(dns.Ask("both"), "10.0.0.1:80");
  EXPECT_EQ(dns.Ask("both"), "10.0.0.1:80");
  EXPECT_EQ(dns.lookups, 1);
  EXPECT_EQ(dns.Ask("none"), "lookup: no such host");
  EXPECT_EQ(dns.Ask("none"), "lookup: no such host");
  EXPECT_EQ(dns.lookups, 3);
  Dns uncached(
      {std::chrono::nanoseconds(0), DnsOptions::Select::kFirst, DnsOptions::Policy::kPreferIpv4});
  (void)uncached.Ask("both");
  (void)uncached.Ask("both");
  EXPECT_EQ(uncached.lookups, 2);
}

TEST(DnsResolver, SelectsByOption) {
  using Select = DnsOptions::Select;
  using Policy = DnsOptions::Policy;
  Dns robin({std::chrono::minutes(5), Select::kRoundRobin, Policy::kPreferIpv4});
  EXPECT_EQ(robin.Ask("both"), "10.0.0.1:80");
  EXPECT_EQ(robin.Ask("both"), "10.0.0.2:80");
  EXPECT_EQ(robin.Ask("both"), "10.0.0.1:80");
  Dns random({std::chrono::minutes(5), Select::kRandom, Policy::kAny});
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.Ask("both"));
  EXPECT_EQ(seen.size(), 3U);
  Dns six({std::chrono::minutes(5), Select::kFirst, Policy::kOnlyIpv6});
  EXPECT_EQ(six.Ask("both"), "[::1]:80");
  Dns four({std::chrono::minutes(5), Select::kFirst, Policy::kOnlyIpv4});
  EXPECT_EQ(four.Ask("six"), "lookup six: no such host");
}

TEST(DnsResolver, HonoursDeadlinesAndOutlivesLateAnswers) {
  Dns dns({}, milliseconds(200));
  EXPECT_EQ(dns.Ask("both", std::chrono::steady_clock::now() + milliseconds(20)),
            "request timeout");
}

TEST(RuledResolver, MapsBlocksAndBlacklists) {
  FixedResolver fixed({{"plain", *IpAddress::Parse("10.1.2.3")}});
  RuledResolver::Rules rules;
  rules.hosts = {{"a.com", {*IpAddress::Parse("127.0.0.2"), 0}},
                 {"a.com:81", {*IpAddress::Parse("127.0.0.3"), 8081}},
                 {"*.b.com", {*IpAddress::Parse("127.0.0.4"), 0}}};
  rules.blocked = {"*.bad.com"};
  rules.blacklist = {{*IpAddress::Parse("10.0.0.0"), 8, "10.0.0.0/8"}};
  RuledResolver ruled(rules, fixed);
  ScriptedParker parker([] {});
  Wait wait{parker};
  EXPECT_EQ(ruled.Resolve("a.com", 80, wait).endpoint.ToString(), "127.0.0.2:80");
  EXPECT_EQ(ruled.Resolve("a.com", 81, wait).endpoint.ToString(), "127.0.0.3:8081");
  EXPECT_EQ(ruled.Resolve("x.b.com", 80, wait).endpoint.ToString(), "127.0.0.4:80");
  const Resolution blocked = ruled.Resolve("x.bad.com", 80, wait);
  EXPECT_EQ(blocked.failure.code, code::kBlockedHostname);
  EXPECT_EQ(blocked.failure.text, "hostname is blocked");
  const Resolution listed = ruled.Resolve("plain", 80, wait);
  EXPECT_EQ(listed.failure.code, code::kBlacklistedIp);
  EXPECT_EQ(listed.failure.detail, "IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)");
}

TEST(RuledResolver, LeadsToUnixSockets) {
  boost::asio::io_context io{1};
  LoopParker parker{io};
  FixedResolver none{{}};
  RuledResolver::Rules rules;
  rules.hosts["app.test"] = {{}, 0, "/run/app.sock"};
  rules.blacklist.push_back(*Network::Parse("0.0.0.0/0"));  // of addresses alone
  RuledResolver resolver(std::move(rules), none);
  Wait wait{parker};
  const Resolution found = resolver.Resolve("app.test", 80, wait);
  ASSERT_TRUE(found.found) << found.failure.text;
  EXPECT_EQ(found.endpoint.ToString(), "/run/app.sock");
  EXPECT_EQ(found.endpoint.Host(), "/run/app.sock");
  EXPECT_FALSE(resolver.Resolve("other.test", 80, wait).found);
}

}  // namespace
}  // namespace loadctl::net
