// Which connection a request goes on: shared ones, limits, Unix sockets.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/net/client/http_client.h"
#include "agent/net/testing/fiber_parker.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using std::chrono::milliseconds;
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TestServer::Handle Answering(milliseconds after = milliseconds(0)) {
  return [after](int socket, int) {
    while (!ReadUntil(socket).empty()) {
      std::this_thread::sleep_for(after);
      WriteAll(socket, kOk);
    }
  };
}

/// `fibers` at once, each with `times` requests one after another; the answers.
std::vector<Exchange> AskAtOnce(TestClient& client, const Url& url, int fibers, int times,
                                std::chrono::seconds timeout = std::chrono::seconds(10)) {
  std::vector<Exchange> all;
  std::vector<std::unique_ptr<FiberParker>> parkers;
  for (int i = 0; i < fibers; ++i) {
    parkers.push_back(std::make_unique<FiberParker>([&](Parker& parker) {
      for (int k = 0; k < times; ++k) {
        Request request;
        request.url = &url;
        request.deadline = std::chrono::steady_clock::now() + timeout;
        all.push_back(client.client.Send(request, parker));
      }
    }));
  }
  RunAll(client.io, parkers);
  return all;
}

TEST(Connections, ToAHostAreLimitedAndWaitedForInTurn) {
  TestServer server(Answering(milliseconds(2)));
  ClientOptions options;
  options.max_per_host = 3;
  TestClient t(options);
  std::atomic<std::int64_t> open{0};
  t.context.open = &open;
  const Url url = *ParseUrl(server.Url("/"));
  const auto answers = AskAtOnce(t, url, 10, 5);
  ASSERT_EQ(answers.size(), 50u);
  int opened = 0, waited = 0;
  for (const Exchange& one : answers) {
    EXPECT_EQ(one.body, "ok") << one.failure.text;
    opened += one.opened ? 1 : 0;
    waited += one.reused && one.timings.blocked.count() > 0 ? 1 : 0;
  }
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(opened, 3);
  EXPECT_GE(waited, 30) << "a request that waits for a connection is blocked";
}

TEST(Connections, AreHandedOnInTheOrderOfAsking) {
  TestServer server(Answering());
  ClientOptions options;
  options.max_per_host = 1;
  TestClient t(options);
  const Url url = *ParseUrl(server.Url("/"));
  std::vector<int> order;
  std::vector<std::unique_ptr<FiberParker>> parkers;
  for (int i = 0; i < 5; ++i) {
    parkers.push_back(std::make_unique<FiberParker>([&, i](Parker& parker) {
      for (int k = 0; k < 2; ++k) {
        Request request;
        request.url = &url;
        (void)t.client.Send(request, parker);
        order.push_back(i);
      }
    }));
  }
  RunAll(t.io, parkers);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

TEST(Connections, WhoWaitsInVainTimesOutAndHoldsNobodyUp) {
  TestServer server([](int socket, int number) {
    while (!ReadUntil(socket).empty()) {
      if (number > 0) WriteAll(socket, kOk);  // the first connection never answers
    }
  });
  ClientOptions options;
  options.max_per_host = 1;
  TestClient t(options);
  const Url url = *ParseUrl(server.Url("/"));
  const auto answers = AskAtOnce(t, url, 2, 2, std::chrono::seconds(1));
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0].failure.text, "request timeout");
  EXPECT_EQ(answers[1].failure.text, "request timeout");
  EXPECT_EQ(answers[2].body, "ok") << answers[2].failure.text;
  EXPECT_EQ(answers[3].body, "ok") << answers[3].failure.text;
}

TEST(Connections, AFailedDialMakesRoomForTheNext) {
  const std::uint16_t port = [] {
    TestServer gone(Answering());
    return gone.port();
  }();
  ClientOptions options;
  options.max_per_host = 1;
  TestClient t(options);
  const Url url = *ParseUrl("http://127.0.0.1:" + std::to_string(port) + "/");
  for (const Exchange& one : AskAtOnce(t, url, 4, 2))
    EXPECT_EQ(one.failure.code, code::kDialRefused) << one.failure.text;
}

TEST(Connections, AreSharedByTheClientsOfAWorkerWhereRequestsSaySo) {
  TestServer server(Answering());
  TestClient t;
  std::atomic<std::int64_t> open{0};
  t.context.open = &open;
  HttpClient other(t.context, {});
  const Url url = *ParseUrl(server.Url("/"));
  Request request;
  request.url = &url;
  request.shared = true;
  const Exchange first = t.client.Send(request, t.parker);
  const Exchange second = other.Send(request, t.parker);
  EXPECT_TRUE(first.opened);
  EXPECT_TRUE(second.reused);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(open, 1);
  request.shared = false;
  EXPECT_FALSE(other.Send(request, t.parker).reused) << "the others are its own";
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(open, 2);
  other.CloseIdle();
  EXPECT_EQ(open, 1);
  t.context.shared.reset();
  EXPECT_EQ(open, 0);
}

/// A server at an abstract Unix socket, which takes no connection before Accept().
class UnixServer {
 public:
  explicit UnixServer(const std::string& name, int backlog)
      : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, backlog), 0);
  }
  ~UnixServer() {
    shutdown(listener_, SHUT_RDWR);
    close(listener_);
    for (auto& thread : threads_) thread.join();
  }
  void Accept(int connections, milliseconds after) {
    threads_.emplace_back([this, connections, after] {
      std::this_thread::sleep_for(after);
      for (int i = 0; i < connections; ++i) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        if (!ReadUntil(client).empty()) WriteAll(client, kOk);
        close(client);
      }
    });
  }

 private:
  int listener_;
  std::vector<std::thread> threads_;
};

/// A client that finds every host at `path`.
struct UnixClient {
  explicit UnixClient(std::string path) {
    RuledResolver::Rules rules;
    rules.hosts["*"] = {{}, 0, std::move(path)};
    resolver = std::make_unique<RuledResolver>(std::move(rules), none);
    dialer = std::make_unique<Dialer>(t.io, *resolver, *t.tls_context);
    context = std::make_unique<NetContext>(NetContext{*dialer});
    client = std::make_unique<HttpClient>(*context, ClientOptions{});
  }
  Exchange Get(const Url& url, Parker& parker) {
    Request request;
    request.url = &url;
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    return client->Send(request, parker);
  }
  TestClient t;
  FixedResolver none{{}};
  std::unique_ptr<RuledResolver> resolver;
  std::unique_ptr<Dialer> dialer;
  std::unique_ptr<NetContext> context;
  std::unique_ptr<HttpClient> client;
};

std::string UniqueName() { return "loadctl-test-" + std::to_string(getpid()); }

TEST(Connections, ToAUnixSocketWhoseQueueIsFullWaitForRoom) {
  UnixServer server(UniqueName(), 0);
  UnixClient client('@' + UniqueName());
  const Url url = *ParseUrl("http://any.test/");
  server.Accept(5, milliseconds(30));
  int answers = 0;
  std::vector<std::unique_ptr<FiberParker>> parkers;
  for (int i = 0; i < 5; ++i) {
    parkers.push_back(std::make_unique<FiberParker>([&](Parker& parker) {
      const Exchange one = client.Get(url, parker);
      answers += one.body == "ok" ? 1 : 0;
      EXPECT_EQ(one.remote.ToString(), '@' + UniqueName()) << one.failure.text;
    }));
  }
  RunAll(client.t.io, parkers);
  EXPECT_EQ(answers, 5);
}

TEST(Connections, ToAUnixSocketThatIsNotThereFailAsInGo) {
  UnixClient client("/no/such.sock");
  const Exchange one = client.Get(*ParseUrl("http://any.test/"), client.t.parker);
  EXPECT_EQ(one.outcome, Outcome::kTransportError);
  EXPECT_EQ(one.failure.code, code::kNonTcp);
  EXPECT_EQ(one.failure.text, "dial unix /no/such.sock: connect: no such file or directory");
}

}  // namespace
}  // namespace loadctl::net
