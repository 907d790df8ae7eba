#include "agent/net/tls/tls_transport.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <vector>

#include "agent/net/socket/tcp_transport.h"
#include "agent/net/testing/net_test_support.h"
#include "agent/net/tls/tls_sessions.h"

namespace loadctl::net {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Tls : public testing::Test {
 protected:
  static TestServer::Handle Serve(const TestCertificate& certificate, std::string reply) {
    return [certificate, reply = std::move(reply)](int socket, int) {
      ServeTls(socket, certificate, reply);
    };
  }
  static Exchange Ask(const TestCertificate& served, const TlsOptions& options,
                      const std::string& host = "127.0.0.1") {
    TestServer server(Serve(served, std::string(kOk)));
    TestClient t({}, options);
    return t.Get("https://" + host + ":" + std::to_string(server.port()) + "/");
  }
  static TlsOptions Trusting(const TestCertificate& certificate) {
    TlsOptions options;
    options.extra_roots = certificate.certificate;
    return options;
  }
};

// OpenSSL marks a session that was used, and a server need not give a new one (Node's does not).
TEST(TlsSessions, AUsedSessionCanBeUsedAgain) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_SESSION* given = SSL_SESSION_new();
  SSL_SESSION_set1_id(given, reinterpret_cast<const unsigned char*>("id"), 2);
  TlsSessions sessions;
  sessions.Put("h:1", given);
  SSL_CTX_remove_session(context, given);
  EXPECT_EQ(sessions.Copy("h:2"), nullptr);
  for (int i = 0; i < 2; ++i) {
    SSL_SESSION* copy = sessions.Copy("h:1");
    ASSERT_NE(copy, nullptr);
    EXPECT_EQ(SSL_SESSION_is_resumable(copy), 1);
    SSL_CTX_remove_session(context, copy);
    EXPECT_EQ(SSL_SESSION_is_resumable(copy), 0);
    SSL_SESSION_free(copy);
  }
  SSL_SESSION_free(given);
  SSL_CTX_free(context);
}

TEST_F(Tls, TalksToATrustedServerAndKeepsTheConnection) {
  const TestCertificate certificate = MakeCertificate("localhost");
  TestServer server(Serve(certificate, std::string(kOk)));
  TestClient t({}, Trusting(certificate));
  const std::string url = "https://localhost:" + std::to_string(server.port()) + "/";
  const Exchange first = t.Get(url);
  ASSERT_EQ(first.outcome, Outcome::kResponse) << first.failure.text;
  EXPECT_EQ(first.body, "ok");
  EXPECT_EQ(first.tls_version, "tls1.3");
  EXPECT_TRUE(first.tls_cipher_suite.starts_with("TLS_")) << first.tls_cipher_suite;
  EXPECT_GT(first.timings.tls_handshaking.count(), 0);
  EXPECT_GT(first.bytes_received, 500U);
  const Exchange second = t.Get(url);
  EXPECT_EQ(second.body, "ok");
  EXPECT_TRUE(second.reused);
  EXPECT_EQ(second.timings.tls_handshaking.count(), 0);
  EXPECT_LT(second.bytes_received, 200U);
}

TEST_F(Tls, ChecksTheAddressOfAnIpHost) {
  const TestCertificate certificate = MakeCertificate("127.0.0.1");
  EXPECT_EQ(Ask(certificate, Trusting(certificate)).outcome, Outcome::kResponse);
}

TEST_F(Tls, RefusesAnUnknownAuthority) {
  const Exchange e = Ask(MakeCertificate("127.0.0.1"), {});
  EXPECT_EQ(e.outcome, Outcome::kTransportError);
  EXPECT_EQ(e.failure.code, code::kUnknownAuthority);
  EXPECT_EQ(e.failure.text, "x509: unknown authority");
  EXPECT_FALSE(e.connected);
}

TEST_F(Tls, RefusesAnotherName) {
  const TestCertificate certificate = MakeCertificate("other.example");
  const Exchange e = Ask(certificate, Trusting(certificate), "localhost");
  EXPECT_EQ(e.failure.code, code::kHostnameMismatch);
  EXPECT_EQ(e.failure.text, "x509: certificate doesn't match hostname");
  EXPECT_EQ(e.failure.detail,
            "tls: failed to verify certificate: x509: certificate is valid for other.example, not "
            "localhost");
}

TEST_F(Tls, RefusesAnExpiredOne) {
  const TestCertificate certificate = MakeCertificate("127.0.0.1", -1);
  const Exchange e = Ask(certificate, Trusting(certificate));
  EXPECT_EQ(e.failure.code, code::kDefault);
  EXPECT_TRUE(e.failure.text.starts_with(
      "x509: certificate has expired or is not yet valid: current time 20"))
      << e.failure.text;
}

TEST_F(Tls, SkipsVerificationIfTold) {
  TlsOptions options;
  options.verify = TlsOptions::Verify::kNo;
  EXPECT_EQ(Ask(MakeCertificate("x", -1), options).outcome, Outcome::kResponse);
}

TEST_F(Tls, CarriesLargeBodies) {
  const TestCertificate certificate = MakeCertificate("127.0.0.1");
  const std::string body(3 << 20, 'b');
  TestServer server(Serve(certificate, "HTTP/1.1 200 OK\r\nContent-Length: " +
                                           std::to_string(body.size()) + "\r\n\r\n" + body));
  TestClient t({}, Trusting(certificate));
  const Exchange e = t.Get(server.Url("/", "https"));
  EXPECT_EQ(e.outcome, Outcome::kResponse) << e.failure.text;
  EXPECT_EQ(e.body, body);
}

TEST_F(Tls, SaysThatAReadLeftNothingOnlyIfItDid) {
  const std::string reply(10'000, 'b');  // one record
  TestServer server(Serve(MakeCertificate("localhost"), reply));
  boost::asio::io_context io(1);
  LoopParker parker(io);
  Wait wait{parker, std::chrono::steady_clock::now() + std::chrono::seconds(10)};
  auto dialed = TcpTransport::Dial(io, {*IpAddress::Parse("127.0.0.1"), server.port()}, {},
                                   wait.deadline, wait);
  TlsOptions options;
  options.verify = TlsOptions::Verify::kNo;
  const auto context = TlsContext::Make(options);
  ASSERT_TRUE(context);
  TlsTransport tls(**context, "localhost", {}, std::move(dialed.transport));
  ASSERT_EQ(tls.Handshake(wait), IoStatus::kOk);
  std::vector<char> into(1000);
  ASSERT_EQ(tls.Write("1\r\n\r\n", wait), IoStatus::kOk);
  std::size_t got = 0;
  // A record is opened when all of it is there: what is left of it is inside.
  while (got < reply.size() - 500) {
    const std::size_t most = std::min(into.size(), reply.size() - 500 - got);
    const ReadResult result = tls.Read(std::span(into).first(most), wait);
    ASSERT_EQ(result.status, IoStatus::kOk);
    EXPECT_FALSE(result.drained);
    got += result.bytes;
  }
  // News arrive while the rest is inside still.
  ASSERT_EQ(tls.Write("2\r\n\r\n", wait), IoStatus::kOk);
  while (!tls.Stirred()) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(10));
  }
  ReadResult last = tls.TryRead(std::span(into).first(500));
  EXPECT_EQ(last.bytes, 500U);
  EXPECT_FALSE(last.drained);
  for (got = 0; got < reply.size(); got += last.bytes) {
    last = tls.Read(into, wait);
    ASSERT_EQ(last.status, IoStatus::kOk);
  }
  EXPECT_TRUE(last.drained);
}

TEST_F(Tls, TimeAWriteWasHeldBackIsNotTheTargets) {
  TestServer server(Serve(MakeCertificate("localhost"), std::string(kOk)));
  TlsOptions options;
  options.verify = TlsOptions::Verify::kNo;
  TestClient t({}, options);
  const Url url = *ParseUrl(server.Url("/", "https"));
  ASSERT_EQ(t.Get(server.Url("/", "https")).body, "ok");
  SluggishParker parker(t.io);
  Request request;
  request.url = &url;
  request.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(40);
  const Exchange exchange = t.client.Send(request, parker);
  EXPECT_EQ(exchange.body, "ok") << exchange.failure.text;
  EXPECT_TRUE(exchange.reused);
  EXPECT_LT(exchange.timings.Total(), std::chrono::milliseconds(40));
}

TEST_F(Tls, NamesServersThatSpeakNoTls) {
  TestClient t;
  TestServer rubbish([](int socket, int) {
    char c = 0;
    (void)recv(socket, &c, 1, 0);
    WriteAll(socket, "rubbish and more");
    ReadUntil(socket, "never");
  });
  const Exchange e = t.Get(rubbish.Url("/", "https"));
  EXPECT_EQ(e.failure.code, code::kTlsHeader) << e.failure.text;
  EXPECT_EQ(e.failure.text, "tls: first record does not look like a TLS handshake");
  TestServer http([](int socket, int) {
    char c = 0;
    (void)recv(socket, &c, 1, 0);
    WriteAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    ReadUntil(socket, "never");
  });
  const Failure plain = t.Get(http.Url("/", "https")).failure;
  EXPECT_EQ(plain.code, code::kTlsHeader);
  EXPECT_EQ(plain.text, "tls: first record does not look like a TLS handshake");
  EXPECT_EQ(plain.detail, "http: server gave HTTP response to HTTPS client");
  TestServer oversized([](int socket, int) {
    ReadUntil(socket, std::string_view("\x16", 1));
    WriteAll(socket, std::string("\x16\x03\x03\xff\xff", 5) + std::string(100, 'x'));
    ReadUntil(socket, "never");
  });
  const Failure large = t.Get(oversized.Url("/", "https")).failure;
  EXPECT_EQ(large.code, code::kTlsHeader);
  EXPECT_EQ(large.text, "tls: oversized record received with length 65535");
  TestServer alert([](int socket, int) {
    char c = 0;
    (void)recv(socket, &c, 1, 0);
    WriteAll(socket, std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    ReadUntil(socket, "never");
  });
  const Exchange refused = t.Get(alert.Url("/", "https"));
  EXPECT_EQ(refused.failure.code, code::kNonTcp) << refused.failure.text;
  EXPECT_EQ(refused.failure.text, "remote error: tls: handshake failure");
  TestServer closes([](int socket, int) {
    char c = 0;
    (void)recv(socket, &c, 1, 0);
  });
  EXPECT_NE(t.Get(closes.Url("/", "https")).outcome, Outcome::kResponse);
  TestServer stalls([](int socket, int) { ReadUntil(socket, "never"); });
  EXPECT_EQ(t.Get(stalls.Url("/", "https"), 0.05).outcome, Outcome::kTimeout);
}

TEST_F(Tls, RefusesOptionsItCannotHonour) {
  TlsOptions options;
  options.cipher_suites = {"TLS_NO_SUCH_SUITE"};
  EXPECT_FALSE(TlsContext::Make(options));
  options.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
  options.max_version = TlsOptions::Version::kTls12;
  EXPECT_TRUE(TlsContext::Make(options));
  options.client_certificates = {{"not PEM", "not PEM", "", {}}};
  const auto unreadable = TlsContext::Make(options);
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().message,
            "option tlsAuth[0].cert: certificate unreadable: no start line");
  const TestCertificate one = MakeCertificate("x");
  options.client_certificates = {{one.certificate, one.key, "", {}},
                                 {one.certificate, MakeCertificate("x").key, "", {"h.test"}}};
  const auto other = TlsContext::Make(options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "option tlsAuth[1].key: private key does not match the certificate of .cert");
}

TEST_F(Tls, PrefersSuitesAsGoWhateverTheirOrder) {
  TlsOptions options;
  options.verify = TlsOptions::Verify::kNo;
  EXPECT_EQ(Ask(MakeCertificate("x"), options).tls_cipher_suite, "TLS_AES_128_GCM_SHA256");
  options.max_version = TlsOptions::Version::kTls12;
  EXPECT_EQ(Ask(MakeCertificate("x"), options).tls_cipher_suite,
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  options.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
                           "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"};
  EXPECT_EQ(Ask(MakeCertificate("x"), options).tls_cipher_suite,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  options.cipher_suites.resize(1);
  EXPECT_EQ(Ask(MakeCertificate("x"), options).tls_cipher_suite,
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305");
}

TEST_F(Tls, SpeaksTls12WithTheSuiteAskedFor) {
  TlsOptions options;
  options.verify = TlsOptions::Verify::kNo;
  options.max_version = TlsOptions::Version::kTls12;
  options.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
  const Exchange e = Ask(MakeCertificate("x"), options);
  EXPECT_EQ(e.tls_version, "tls1.2");
  EXPECT_EQ(e.tls_cipher_suite, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
}

}  // namespace
}  // namespace loadctl::net
