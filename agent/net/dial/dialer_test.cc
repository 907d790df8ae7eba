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

}  // namespace
}  // namespace loadctl::net
