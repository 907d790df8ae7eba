// What a loop of its own epoll set must see and not see.
#include "agent/net/socket/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>

#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using namespace std::chrono_literals;

TEST(Poller, TimeAWriteWasHeldBackIsNotTheTargets) {
  TestServer server([](int socket, int) {
    while (!ReadUntil(socket).empty())
      WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  TestClient client;
  ASSERT_EQ(client.Get(server.Url("/")).body, "ok");  // now there is a connection
  SluggishParker parker(client.io);
  const Result<Url> url = ParseUrl(server.Url("/"));
  ASSERT_TRUE(url);
  Request request;
  request.url = &*url;
  request.deadline = std::chrono::steady_clock::now() + 40ms;
  Exchange exchange = client.client.Send(request, parker);
  EXPECT_EQ(exchange.body, "ok");
  EXPECT_TRUE(exchange.reused);
  EXPECT_GT(exchange.ended - exchange.started, 50ms);
  EXPECT_LT(exchange.timings.Total(), 40ms);
  // If it is always so, nothing is held back any more: the answer is there before the loop is.
  for (int i = 0; i < 3; ++i) {
    request.deadline = std::chrono::steady_clock::now() + 5s;
    exchange = client.client.Send(request, parker);
  }
  EXPECT_LT(exchange.ended - exchange.started, 50ms);
}

TEST(Poller, UrgentDataHidesNothingBehindIt) {
  TestServer server([](int socket, int) {
    (void)ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    (void)send(socket, "!", 1, MSG_OOB | MSG_NOSIGNAL);
    WriteAll(socket, "cd");
    (void)ReadUntil(socket);
  });
  TestClient client;
  const Exchange exchange = client.Get(server.Url("/"), 3);
  EXPECT_EQ(exchange.body, "abcd") << exchange.failure.text;
}

TEST(Poller, LetsTheLoopEndWithItsLastSocket) {
  TestServer server([](int socket, int) {
    (void)ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    (void)ReadUntil(socket);
  });
  TestClient client;
  ASSERT_EQ(client.Get(server.Url("/")).body, "ok");
  client.io.restart();
  EXPECT_GT(client.io.run_for(1ms) + 1, 0u);
  EXPECT_FALSE(client.io.stopped()) << "an idle connection is watched";
  client.client.CloseIdle();
  client.io.run_for(500ms);
  EXPECT_TRUE(client.io.stopped());
}

}  // namespace
}  // namespace loadctl::net
