#include "agent/net/dial/dialer.h"

#include <gtest/gtest.h>

#include <array>

#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

struct Dialling {
  explicit Dialling(const TlsOptions& options = {}) : tls(std::move(*TlsContext::Make(options))) {}
  Dialed To(const DialTarget& target) {
    Wait wait{parker, std::chrono::steady_clock::now() + std::chrono::seconds(5)};
    return dialer.Dial(target, {}, wait);
  }
  boost::asio::io_context io{1};
  FixedResolver resolver{{{"here", *IpAddress::Parse("127.0.0.1")}}};
  std::unique_ptr<TlsContext> tls;
  Dialer dialer{io, resolver, *tls};
  LoopParker parker{io};
};

TEST(Dialer, GivesATransportToWhoeverAsks) {
  TestServer server([](int socket, int) { WriteAll(socket, "hello"); });
  Dialling dialling;
  Dialed dialed = dialling.To({"here", server.port()});
  ASSERT_NE(dialed.transport, nullptr) << dialed.failure.text;
  EXPECT_EQ(dialed.remote.ToString(), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_GT(dialed.timings.connecting.count(), 0);
  EXPECT_EQ(dialed.timings.tls_handshaking.count(), 0);
  EXPECT_EQ(dialed.session.version, "");
  std::array<char, 16> buffer{};
  Wait wait{dialling.parker, std::chrono::steady_clock::now() + std::chrono::seconds(5)};
  const ReadResult read = dialed.transport->Read(buffer, wait);
  EXPECT_EQ(std::string_view(buffer.data(), read.bytes), "hello");
}

TEST(Dialer, SaysWhatWasAgreedOnInTls) {
  const TestCertificate certificate = MakeCertificate("here");
  TestServer server([&](int socket, int) { ServeTls(socket, certificate, ""); });
  TlsOptions options;
  options.extra_roots = certificate.certificate;
  Dialling dialling(options);
  constexpr std::array<std::string_view, 1> kProtocols = {"http/1.1"};
  const Dialed dialed = dialling.To({"here", server.port(), true, kProtocols});
  ASSERT_NE(dialed.transport, nullptr) << dialed.failure.text;
  EXPECT_EQ(dialed.session.version, "tls1.3");
  EXPECT_GT(dialed.timings.tls_handshaking.count(), 0);
}

TEST(Dialer, SaysWhichStepFailed) {
  Dialling dialling;
  EXPECT_EQ(dialling.To({"nowhere", 80}).failure.code, code::kNoSuchHost);
  const TestCertificate certificate = MakeCertificate("here");
  TestServer server([&](int socket, int) { ServeTls(socket, certificate, ""); });
  const Dialed dialed = dialling.To({"here", server.port(), true});
  EXPECT_EQ(dialed.transport, nullptr);
  EXPECT_EQ(dialed.failure.code, code::kUnknownAuthority);
  EXPECT_GT(dialed.timings.connecting.count(), 0) << "the connection was made";
  EXPECT_GT(dialed.bytes_sent, 0u);
}

/// The proxy that an address of one on this machine names.
ProxyRules RulesFor(const std::string& address) {
  return *ProxyRules::Make({"", address, "", false});
}

TEST(Dialer, TlsGoesThroughATunnel) {
  const TestCertificate certificate = MakeCertificate("far.test");
  std::string asked;
  TestServer proxy([&](int socket, int) {
    asked = ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\n\r\n");
    ServeTls(socket, certificate, "");
  });
  TlsOptions options;
  options.extra_roots = certificate.certificate;
  Dialling dialling(options);
  const ProxyRules rules = RulesFor("http://here:" + std::to_string(proxy.port()));
  DialTarget target{"far.test", 443, true};
  target.proxy = rules.For(*ParseUrl("https://far.test/"));
  const Dialed dialed = dialling.To(target);
  ASSERT_NE(dialed.transport, nullptr) << dialed.failure.text;
  EXPECT_EQ(dialed.remote.port, proxy.port()) << "the peer is the proxy";
  EXPECT_EQ(dialed.session.version, "tls1.3");
  EXPECT_TRUE(asked.starts_with("CONNECT far.test:443 HTTP/1.1\r\n")) << asked;
}

TEST(Dialer, AProxyMaySpeakTlsItself) {
  const TestCertificate certificate = MakeCertificate("here");
  TestServer proxy(
      [&](int socket, int) { ServeTls(socket, certificate, "HTTP/1.1 502 No Way\r\n\r\n"); });
  TlsOptions options;
  options.extra_roots = certificate.certificate;
  Dialling dialling(options);
  const ProxyRules rules = RulesFor("https://here:" + std::to_string(proxy.port()));
  DialTarget target{"far.test", 443, true};
  target.proxy = rules.For(*ParseUrl("https://far.test/"));
  const Dialed dialed = dialling.To(target);
  EXPECT_EQ(dialed.transport, nullptr);
  EXPECT_EQ(dialed.failure.text, "No Way");
  EXPECT_GT(dialed.timings.tls_handshaking.count(), 0);
  EXPECT_GT(dialed.bytes_received, 0u);
}

TEST(Dialer, AProxyThatIsNotThereIsNamedAsOne) {
  Dialling dialling;
  const ProxyRules rules = RulesFor("nowhere:3128");
  DialTarget target{"far.test", 443, true};
  target.proxy = rules.For(*ParseUrl("https://far.test/"));
  const Dialed dialed = dialling.To(target);
  EXPECT_EQ(dialed.failure.code, code::kTcp);
  EXPECT_EQ(dialed.failure.text, "proxyconnect tcp: lookup nowhere: no such host");
}

}  // namespace
}  // namespace loadctl::net
