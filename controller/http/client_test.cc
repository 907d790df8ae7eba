#include "controller/http/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace loadctl::http {
namespace {

/// A server that gives one answer after another, each on a connection of its own, and keeps what it
/// was asked. An answer "" keeps the connection open without a word until the server ends.
class Server {
 public:
  explicit Server(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~Server() {
    End();
    close(listener_);
  }

  /// Every request, once all answers were given.
  const std::vector<std::string>& End() {
    if (thread_.joinable()) {
      shutdown(listener_, SHUT_RDWR);
      thread_.join();
    }
    return requests_;
  }
  const std::string& url() const { return url_; }

 private:
  void Serve() {
    std::vector<int> open;
    for (const std::string& answer : answers_) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) break;
      open.push_back(peer);
      std::string request;
      char room[4096];
      while (!Whole(request)) {
        const ssize_t got = recv(peer, room, sizeof room, 0);
        if (got <= 0) break;
        request.append(room, static_cast<std::size_t>(got));
      }
      requests_.push_back(request);
      send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (!answer.empty()) shutdown(peer, SHUT_WR);
    }
    // Who waits for an answer that does not come is let go by its own limit.
    for (const int peer : open) {
      char room[64];
      while (recv(peer, room, sizeof room, 0) > 0) {
      }
      close(peer);
    }
  }
  static bool Whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length = request.find("Content-Length: ");
    if (length == std::string::npos) return true;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  std::vector<std::string> answers_, requests_;
  std::string url_;
  int listener_ = -1;
  std::thread thread_;
};

std::string Plain(const std::string& status, const std::string& body,
                  const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + more + "\r\n" + body;
}

Answer Had(const Client::Outcome& outcome) {
  if (const auto* none = std::get_if<NoAnswer>(&outcome)) {
    ADD_FAILURE() << none->why;
    return {};
  }
  return std::get<Answer>(outcome);
}

TEST(HttpClient, AsksAndSends) {
  Server server(
      {Plain("200 OK", "one"), Plain("503 Away", "", "Retry-After: 7\r\n"), Plain("204 None", "")});
  ClientOptions options;
  options.headers = {"X-Own: value"};
  options.user = "u";
  options.password = "p";
  Client client(options);

  EXPECT_EQ(Had(client.Get(server.url() + "/a?b")).body, "one");
  const Answer away = Had(client.Send("POST", server.url(), "body"));
  EXPECT_EQ(away.status, 503);
  EXPECT_TRUE(away.retryable());
  EXPECT_EQ(away.retry_after, std::chrono::seconds(7));
  EXPECT_TRUE(Had(client.Send("DELETE", server.url())).good());

  const auto& asked = server.End();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_TRUE(asked[0].starts_with("GET /a?b HTTP/1.1\r\n")) << asked[0];
  EXPECT_NE(asked[0].find("X-Own: value\r\n"), std::string::npos);
  EXPECT_NE(asked[0].find("Authorization: Basic dTpw\r\n"), std::string::npos);
  EXPECT_TRUE(asked[1].starts_with("POST / HTTP/1.1\r\n")) << asked[1];
  EXPECT_TRUE(asked[1].ends_with("\r\n\r\nbody")) << asked[1];
  EXPECT_EQ(asked[1].find("Expect:"), std::string::npos);
  EXPECT_TRUE(asked[2].starts_with("DELETE / HTTP/1.1\r\n")) << asked[2];
  EXPECT_EQ(asked[2].find("Content-Length"), std::string::npos);
}

TEST(HttpClient, ReadsNoMoreThanItShould) {
  Server server({Plain("200 OK", std::string(100, 'x')), Plain("200 OK", std::string(100, 'x'))});
  ClientOptions options;
  options.most_body = 99;
  Client strict(options);
  const Answer cut = Had(strict.Get(server.url()));
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.body.size(), 99u);
  options.most_body = 100;
  Client enough(options);
  const Answer whole = Had(enough.Get(server.url()));
  EXPECT_FALSE(whole.cut);
  EXPECT_EQ(whole.body.size(), 100u);
}

TEST(HttpClient, FollowsAsManyRedirectsAsItMay) {
  Server server({Plain("302 Found", "", "Location: /other\r\n"), Plain("200 OK", "there"),
                 Plain("302 Found", "", "Location: /other\r\n")});
  ClientOptions options;
  options.redirects = 1;
  Client follows(options);
  EXPECT_EQ(Had(follows.Get(server.url())).body, "there");
  options.redirects = 0;
  Client stays(options);
  EXPECT_EQ(Had(stays.Get(server.url())).status, 302);
}

TEST(HttpClient, SaysWhyThereIsNoAnswer) {
  ClientOptions options;
  Client client(options);
  const auto refused = client.Get("http://127.0.0.1:1/");
  ASSERT_TRUE(std::holds_alternative<NoAnswer>(refused));
  EXPECT_TRUE(std::get<NoAnswer>(refused).unreachable);
  EXPECT_NE(std::get<NoAnswer>(refused).why.find("connect"), std::string::npos);

  const auto file = client.Get("file:///etc/passwd");
  ASSERT_TRUE(std::holds_alternative<NoAnswer>(file));
  EXPECT_FALSE(std::get<NoAnswer>(file).unreachable);

  options.only_https = true;
  Client strict(options);
  EXPECT_TRUE(std::holds_alternative<NoAnswer>(strict.Get("http://127.0.0.1:1/")));
}

TEST(HttpClient, EndsWhenItIsStopped) {
  Server server({""});
  std::atomic<bool> stop{true};
  ClientOptions options;
  options.stop = &stop;
  Client client(options);
  EXPECT_TRUE(std::holds_alternative<NoAnswer>(client.Get(server.url())));
}

}  // namespace
}  // namespace loadctl::http
