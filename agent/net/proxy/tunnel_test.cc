#include "agent/net/proxy/tunnel.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "agent/net/socket/pipe_transport.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using namespace std::string_literals;

/// A conversation with a proxy that says `replies`, one at each wait, and then hangs up.
struct Talk {
  Talk(const std::string& address, std::vector<std::string> replies,
       std::string_view host = "far.test", std::uint16_t port = 443) {
    const ProxyRules rules = *ProxyRules::Make({"", address, "", false});
    const Proxy* proxy = rules.For(*ParseUrl("https://example.com/"));
    auto [near, far] = PipeTransport::Make();
    std::size_t next = 0;
    ScriptedParker parker([&, &far = far] {
      if (next == replies.size()) return far->Finish();
      const std::string_view reply = replies[next++];
      (void)far->TryWrite({&reply, 1});
    });
    Wait wait{parker, std::chrono::steady_clock::now() + std::chrono::seconds(5)};
    const TimePoint deadline = wait.deadline;
    failure = OpenTunnel(*proxy, "10.0.0.1:3128", host, port, *near, wait);
    EXPECT_EQ(wait.deadline, deadline);
    sent = far->Peek();
    left = near->Peek();
  }
  std::optional<Failure> failure;
  std::string sent;
  std::string left;  ///< not read

  [[nodiscard]] std::string Text() const { return failure ? failure->text : "none"; }
};

TEST(Tunnel, ConnectNamesTheTargetAndWhoAsks) {
  const Talk plain("proxy", {"HTTP/1.1 200 OK\r\n\r\n"});
  EXPECT_EQ(plain.Text(), "none");
  EXPECT_EQ(plain.sent, "CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\n\r\n");
  const Talk known("http://me:pw@proxy",
                   {"HTTP/1.0 200 ", "Connection established\r\nVia: x\r\n", "\r\n"}, "::1", 8443);
  EXPECT_EQ(known.Text(), "none");
  EXPECT_EQ(known.sent,
            "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n"
            "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n");
}

TEST(Tunnel, AProxyThatRefusesIsQuoted) {
  const Talk talk("proxy",
                  {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 900\r\n\r\n"});
  EXPECT_EQ(talk.Text(), "Proxy Authentication Required");
  EXPECT_EQ(talk.failure->code, code::kDefault);
  EXPECT_EQ(Talk("proxy", {"HTTP/1.1 503\r\n\r\n"}).Text(), "unknown status code");
  EXPECT_EQ(Talk("proxy", {"HTTP/1.1 204 No Content\r\n\r\n"}).Text(), "No Content");
  EXPECT_EQ(Talk("proxy", {}).Text(), "unexpected EOF");
  EXPECT_EQ(Talk("proxy", {"HTTP/1.1 200 O"}).Text(), "unexpected EOF");
  EXPECT_EQ(Talk("proxy", {"SSH-2.0-OpenSSH\r\n\r\n"}).Text(),
            "malformed HTTP response \"SSH-2.0-OpenSSH\"");
}

TEST(Tunnel, SocksAsksForNamesAndAddresses) {
  const std::string yes = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"s;
  const Talk name("socks5://proxy", {"\x05\x00"s, yes});
  EXPECT_EQ(name.Text(), "none");
  EXPECT_EQ(name.sent, "\x05\x01\x00"s + "\x05\x01\x00\x03\x08"s + "far.test" + "\x01\xbb"s);
  const Talk v4("socks5h://proxy", {"\x05\x00"s, yes}, "10.1.2.3", 80);
  EXPECT_EQ(v4.sent, "\x05\x01\x00"s + "\x05\x01\x00\x01\x0a\x01\x02\x03\x00\x50"s);
  const Talk v6("socks5://proxy", {"\x05\x00"s, yes}, "::1", 80);
  EXPECT_EQ(v6.sent.substr(3), "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x00\x50"s);
}

TEST(Tunnel, SocksReadsTheAnswerAndNotAByteMore) {
  for (const std::string& address : {"\x01"
                                     "abcd"s,
                                     "\x03\x05proxy"s, "\x04" + std::string(16, 'x')}) {
    const Talk talk("socks5://proxy", {"\x05\x00"s, "\x05\x00\x00"s + address + "\x00\x50hello"s});
    EXPECT_EQ(talk.Text(), "none");
    EXPECT_EQ(talk.left, "hello");
  }
}

TEST(Tunnel, SocksTellsWhoAsksIfItMust) {
  const std::string yes = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"s;
  const Talk asked("socks5://me:pw@proxy", {"\x05\x02"s, "\x01\x00"s, yes});
  EXPECT_EQ(asked.Text(), "none");
  EXPECT_TRUE(asked.sent.starts_with("\x05\x02\x00\x02\x01\x02me\x02pw\x05\x01"s)) << asked.sent;
  EXPECT_EQ(Talk("socks5://me:pw@proxy", {"\x05\x00"s, yes}).Text(), "none");
}

TEST(Tunnel, SocksFailuresNameBothEnds) {
  const std::string why = "socks connect tcp 10.0.0.1:3128->far.test:443: ";
  const Talk refused("socks5://proxy", {"\x05\x00"s, "\x05\x05\x00\x01\x7f\x00\x00\x01\x00\x50"s});
  EXPECT_EQ(refused.Text(), why + "unknown error connection refused");
  EXPECT_EQ(refused.failure->code, code::kTcp);
  const struct {
    const char* address;
    std::vector<std::string> replies;
    const char* text;
  } kCases[] = {
      {"socks5://proxy", {"\x05\xff"s}, "no acceptable authentication methods"},
      {"socks5://proxy", {"\x04\x00"s}, "unexpected protocol version 4"},
      {"socks5://me:pw@proxy", {"\x05\x01"s}, "unsupported authentication method 1"},
      {"socks5://me:pw@proxy",
       {"\x05\x02"s, "\x01\x01"s},
       "username/password authentication failed"},
      {"socks5://me:pw@proxy", {"\x05\x02"s, "\x05\x00"s}, "invalid username/password version"},
      {"socks5://:pw@proxy", {"\x05\x02"s}, "invalid username/password"},
      {"socks5://proxy", {"\x05\x00"s, "\x05\x20\x00\x01"s}, "unknown error unknown code: 32"},
      {"socks5://proxy", {"\x05\x00"s, "\x05\x00\x01\x01"s}, "non-zero reserved field"},
      {"socks5://proxy", {"\x05\x00"s, "\x05\x00\x00\x09"s}, "unknown address type 9"},
      {"socks5://proxy", {"\x05\x00"s, "\x05\x00\x00\x01"s}, "EOF"},
      {"socks5://proxy", {"\x05\x00"s, "\x05\x00"s}, "unexpected EOF"},
      {"socks5://proxy", {}, "EOF"},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(Talk(one.address, one.replies).Text(), why + one.text) << one.text;
  const std::string longest(256, 'x');
  EXPECT_TRUE(Talk("socks5://proxy", {"\x05\x00"s}, longest).Text().ends_with("FQDN too long"));
}

TEST(Tunnel, TheWayToAProxyHasItsOwnName) {
  const Failure refused = ProxyUnreachable(DialFailure(ECONNREFUSED, "connect", "10.0.0.1:3128"));
  EXPECT_EQ(refused.code, code::kTcp);
  EXPECT_EQ(refused.text, "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused");
  EXPECT_EQ(ProxyUnreachable(DialTimeout("")).code, code::kRequestTimeout);
  EXPECT_EQ(ProxyUnreachable(CancelledFailure()).outcome, Outcome::kCancelled);
  EXPECT_EQ(ProxyUnreachable(DialFailure(EMFILE, "socket", "")).outcome, Outcome::kGeneratorError);
}

}  // namespace
}  // namespace loadctl::net
