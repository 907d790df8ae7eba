#include "controller/web/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/daemon/pem.h"
#include "controller/web/client.h"

namespace loadctl::web {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string AddressOf(const Server& server) { return "127.0.0.1:" + std::to_string(server.port()); }

/// A client that says what it likes.
class RawClient {
 public:
  explicit RawClient(const Server& server) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(const std::string& text) {
    EXPECT_EQ(send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// What comes until `end` has come or the connection is closed.
  std::string ReadUntil(const std::string& end) {
    std::string text;
    char c = 0;
    while (!text.ends_with(end) && recv(socket_, &c, 1, 0) == 1) text += c;
    return text;
  }
  std::string ReadAll() {
    std::string text;
    char c = 0;
    while (recv(socket_, &c, 1, 0) == 1) text += c;
    return text;
  }

 private:
  int socket_;
};

Server::Handler Says(const std::string& text) {
  return [text](const Request&, const Server::Reply& reply) { reply({200, "text/plain", text}); };
}

TEST(Server, TheLongestMountAnswers) {
  Server server;
  server.Mount("/", Says("root"));
  server.Mount("/v1/", [](const Request& request, const Server::Reply& reply) {
    reply({200, "", request.method + " " + request.path + " " + request.query + request.body});
  });
  server.Mount("/metrics", Says("metrics"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/", "", 5s)->body, "root");
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/metrics", "", 5s)->body, "metrics");
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/metrics/x", "", 5s)->body, "root");
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/v1", "", 5s)->body, "root");
  EXPECT_EQ(Ask(AddressOf(server), "PUT", "/v1/a%7Bb?q=%7B", "!", 5s)->body, "PUT /v1/a{b q=%7B!");
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/v1/%zz", "", 5s)->status, 400);
}

TEST(Server, WhatChangesThingsNeedsTheToken) {
  Server server;
  server.Mount("/", Says("done"));
  server.guard().UseToken("secret");
  const std::string path = testing::TempDir() + "guard-" + std::to_string(getpid());
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  ASSERT_TRUE(server.ListenUnix(path));
  server.Start();
  const std::string address = AddressOf(server);
  EXPECT_EQ(Ask(address, "GET", "/", "", 5s)->status, 200);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "get", "X"}) {
    EXPECT_EQ(Ask(address, method, "/", "x", 5s)->status, 401) << method;
    EXPECT_EQ(Ask(address, method, "/", "x", 5s, {"secre", ""})->status, 401) << method;
    EXPECT_EQ(Ask(address, method, "/", "x", 5s, {"secret", ""})->status, 200) << method;
    EXPECT_EQ(Ask("unix:" + path, method, "/", "x", 5s)->status, 200) << method;
  }
  RawClient client(server);
  client.Send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic secret\r\n"
      "Content-Length: 0\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("WWW-Authenticate: Bearer"));
}

/// A key, and its certificate for 127.0.0.1 that it signed itself.
daemon::Tls SelfSigned() {
  const daemon::Key key(EVP_EC_gen("P-256"));
  const daemon::Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* name = X509_get_subject_name(made.get());
  const unsigned char text[] = "127.0.0.1";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made.get(), key.get(), EVP_sha256());
  const std::string pem = daemon::WritePem(*made);
  return {pem, daemon::WritePem(*key), pem};
}

TEST(Server, SpeaksTlsWithACertificateThatIsReplacedWhileItServes) {
  const daemon::Tls first = SelfSigned(), second = SelfSigned();
  Server server;
  server.Mount("/", Says("covered"));
  EXPECT_FALSE(server.guard().UseTls({"no", "such", "thing"}, ClientCertificate::kNotAsked));
  ASSERT_TRUE(server.guard().UseTls(first, ClientCertificate::kNotAsked));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  const std::string address = AddressOf(server);
  EXPECT_EQ(Ask(address, "GET", "/", "", 5s, {"", first.ca}).value_or(Answer{}).body, "covered");
  EXPECT_FALSE(Ask(address, "GET", "/", "", 5s, {"", second.ca}));
  EXPECT_FALSE(Ask(address, "GET", "/", "", 5s));  // plain
  ASSERT_TRUE(server.guard().UseTls(second, ClientCertificate::kNotAsked));
  EXPECT_EQ(Ask(address, "GET", "/", "", 5s, {"", second.ca}).value_or(Answer{}).body, "covered");
  EXPECT_FALSE(Ask(address, "GET", "/", "", 5s, {"", first.ca}));
  // Whoever has no certificate of the authority's is not let in where one is wanted.
  ASSERT_TRUE(server.guard().UseTls(second, ClientCertificate::kRequired));
  EXPECT_FALSE(Ask(address, "GET", "/", "", 5s, {"", second.ca}));
}

TEST(Server, WhatIsNotMountedIsNotFound) {
  Server server;
  server.Mount("/metrics", Says("metrics"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/", "", 5s)->status, 404);
}

TEST(Server, TakesRepliesOfAnyThread) {
  std::vector<std::thread> threads;
  {
    Server server;
    server.Mount("/", [&](const Request&, const Server::Reply& reply) {
      threads.emplace_back([reply] { reply({200, "", "later"}); });
    });
    ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
    server.Start();
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(Ask(AddressOf(server), "GET", "/", "", 5s)->body, "later");
    for (auto& thread : threads) thread.join();
  }
}

TEST(Server, AnswersOneRequestAfterAnotherOnAConnection) {
  Server server;
  server.Mount("/", Says("ok"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  RawClient client(server);
  for (int i = 0; i < 50; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("\r\n\r\nok"), HasSubstr("200 OK"));
  }
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.ReadUntil("\r\n\r\nok");
  EXPECT_THAT(client.ReadUntil("\r\n\r\nok"), HasSubstr("200 OK"));
}

TEST(Server, EndsWithRequestsUnanswered) {
  Server::Reply kept;
  std::string address;
  std::thread client;
  {
    std::atomic<bool> asked = false;
    Server server;
    server.Mount("/", [&](const Request&, const Server::Reply& reply) {
      kept = reply;
      asked = true;
    });
    ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
    server.Start();
    address = AddressOf(server);
    client = std::thread([&] { EXPECT_FALSE(Ask(address, "GET", "/", "", 5s)); });
    while (!asked) std::this_thread::sleep_for(1ms);
  }
  client.join();
  kept({});
  EXPECT_FALSE(Ask(address, "GET", "/", "", 1s));
}

TEST(Server, SaysInGosWordsWhatCannotBeListenedOn) {
  Server first;
  ASSERT_TRUE(first.ListenTcp("127.0.0.1:0"));
  Server second;
  EXPECT_THAT(second.ListenTcp(AddressOf(first)).error().message,
              HasSubstr("listen tcp " + AddressOf(first) + ": bind: "));
  EXPECT_THAT(second.ListenTcp("nonsense").error().message, HasSubstr("missing port in address"));
}

TEST(Server, RefusesWhatIsTooLarge) {
  Server server;
  server.Mount("/", Says("ok"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_EQ(Ask(AddressOf(server), "PUT", "/", std::string(5u << 20, '1'), 5s)->status, 413);
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/" + std::string(20000, 'a'), "", 5s)->status, 413);
}

TEST(Server, RefusesWhatAPageOfAnotherSiteSends) {
  Server server;
  server.Mount("/", Says("ok"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  const auto ask = [&](const std::string& fields) {
    RawClient client(server);
    client.Send("GET / HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n");
    return client.ReadAll().substr(9, 3);
  };
  EXPECT_EQ(ask("Host: localhost\r\n"), "200");
  EXPECT_EQ(ask("Host: evil.example\r\n"), "403");
  EXPECT_EQ(ask("Host: localhost\r\nOrigin: http://localhost\r\n"), "200");
  EXPECT_EQ(ask("Host: localhost\r\nOrigin: http://evil.example\r\n"), "403");
  EXPECT_EQ(ask("Host: localhost\r\nSec-Fetch-Site: same-origin\r\n"), "200");
  EXPECT_EQ(ask("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), "403");
  EXPECT_EQ(ask("Host: localhost\r\nHost: evil.example\r\n"), "400");
  EXPECT_EQ(ask("Host: localhost\r\nOrigin: http://localhost\r\norigin: http://evil.example\r\n"),
            "400");
  EXPECT_EQ(ask("Host: localhost\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n"),
            "400");
}

TEST(Server, ClientsByTcpDoNotKeepThoseOfTheUnixSocketWaiting) {
  char folder[] = "/tmp/loadctl-web-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/s";
  {
    Server server;
    server.Mount("/", Says("ok"));
    ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
    const mode_t before = umask(0);
    ASSERT_TRUE(server.ListenUnix(path));
    umask(before);
    server.Start();
    struct stat found {};
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int i = 0; i < 100; ++i) {
      slow.push_back(std::make_unique<RawClient>(server));
      slow.back()->Send("GET / HT");
    }
    EXPECT_EQ(Ask("unix:" + path, "GET", "/", "", 5s)->body, "ok");
  }
  rmdir(folder);
}

TEST(Server, AClientThatLeavesFreesItsPlace) {
  std::atomic<int> asked = 0;
  Server server;
  server.Mount("/never", [&](const Request&, const Server::Reply&) { ++asked; });
  server.Mount("/", Says("ok"));
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  {
    std::vector<std::unique_ptr<RawClient>> waiting;
    for (int i = 0; i < 64; ++i) {
      waiting.push_back(std::make_unique<RawClient>(server));
      waiting.back()->Send("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    while (asked < 64) std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/", "", 60s)->body, "ok");
}

TEST(Server, StreamsWhatIsPushedUntilTheEnd) {
  auto stream = std::make_shared<Stream>();
  Server server;
  server.Mount("/events", [&](const Request&, const Server::Reply& reply) {
    reply({200, "text/event-stream", "", stream});
  });
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  RawClient client(server);
  ASSERT_TRUE(stream->Push("data: 1\n\n"));
  client.Send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(client.ReadUntil("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  ASSERT_TRUE(stream->Push("data: 2\n\n"));
  EXPECT_EQ(client.ReadUntil("\n\n\r\n"), "9\r\ndata: 2\n\n\r\n");
  stream->Close();
  EXPECT_EQ(client.ReadAll(), "0\r\n\r\n");
  EXPECT_FALSE(stream->Push("late"));
}

TEST(Server, AStreamNobodyReadsIsBoundedAndEndsWithItsClient) {
  auto stream = std::make_shared<Stream>(100);
  Server server;
  server.Mount("/events", [&](const Request&, const Server::Reply& reply) {
    reply({200, "", "", stream});
  });
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_TRUE(stream->Push(std::string(60, 'x')));
  EXPECT_FALSE(stream->Push(std::string(60, 'y')));
  EXPECT_EQ(stream->dropped(), 1U);
  {
    RawClient client(server);
    client.Send("GET /events HTTP/1.0\r\n\r\n");
    client.ReadUntil("\r\n\r\n");
    EXPECT_EQ(client.ReadUntil(std::string(60, 'x')), std::string(60, 'x'));
  }
  while (!stream->closed()) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(stream->Push("z"));
}

}  // namespace
}  // namespace loadctl::web
