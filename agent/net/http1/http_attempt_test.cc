// One exchange byte by byte, over a pipe instead of a socket.
#include "agent/net/http1/http_attempt.h"

#include <gtest/gtest.h>

#include "agent/net/socket/pipe_transport.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

struct OnPipe {
  std::unique_ptr<PipeTransport> client;
  std::unique_ptr<PipeTransport> server;
  Exchange exchange;
  std::vector<char> scratch = std::vector<char>(4096);
  KnownHeads known_heads;
  Request request;
  bool reusable = false;
  bool died_untouched = false;

  explicit OnPipe(std::size_t capacity = 1 << 20) {
    std::tie(client, server) = PipeTransport::Make(capacity);
  }
  /// Runs an exchange; `on_park` acts for the server each time the client waits.
  void Run(std::function<void()> on_park) {
    ScriptedParker parker(std::move(on_park));
    Wait wait{parker, request.deadline};
    Attempt attempt(
        {*client, request, scratch, known_heads, false, std::chrono::steady_clock::now()}, wait,
        exchange);
    attempt.Run("GET / HTTP/1.1\r\n\r\n");
    reusable = attempt.reusable();
    died_untouched = attempt.died_untouched();
  }
  void Say(std::string_view text) { (void)server->TryWrite({&text, 1}); }
};

TEST(Attempt, TakesAnswersByteByByte) {
  OnPipe pipe;
  const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  std::size_t at = 0;
  pipe.Run([&] { pipe.Say(text.substr(at++, 1)); });
  EXPECT_EQ(pipe.exchange.body, "abc");
  EXPECT_TRUE(pipe.reusable);
  EXPECT_EQ(pipe.server->Peek(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(pipe.exchange.StatusText(), "200 OK");
}

TEST(Attempt, TellsDeadConnectionsFromBrokenAnswers) {
  OnPipe untouched;
  untouched.Run([&] { untouched.server->Close(); });
  EXPECT_TRUE(untouched.died_untouched);
  EXPECT_EQ(untouched.exchange.failure.text, "EOF");
  OnPipe broken;
  broken.Run([&, first = true]() mutable {
    if (first) {
      broken.Say("H");
    } else {
      broken.server->Close();
    }
    first = false;
  });
  EXPECT_FALSE(broken.died_untouched);
  EXPECT_EQ(broken.exchange.failure.text, "malformed HTTP response \"H\"");
  OnPipe reset;
  reset.Run([&] { reset.server->Reset(); });
  EXPECT_EQ(reset.exchange.failure.code, code::kReset);
}

TEST(Attempt, WritesThroughANarrowPipe) {
  OnPipe pipe(7);
  const std::string body(1000, 'b');
  pipe.request.method = "POST";
  pipe.request.body = body;
  std::string seen;
  pipe.Run([&] {
    char buffer[64];
    const ReadResult got = pipe.server->TryRead(buffer);
    seen.append(buffer, got.bytes);
    if (seen.size() == 18 + body.size()) {
      static constexpr std::string_view kText = "HTTP/1.1 204 No Content\r\n\r\n";
      static std::size_t at;
      at += [&] {
        const std::string_view piece = kText.substr(std::min(at, kText.size()));
        return pipe.server->TryWrite({&piece, 1}).bytes;
      }();
    }
  });
  EXPECT_EQ(pipe.exchange.status, 204);
  EXPECT_EQ(seen.substr(18), body);
}

TEST(Attempt, AnAnswerThatCameInTimeIsNoTimeout) {
  OnPipe pipe;
  pipe.request.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  pipe.Run([&] { pipe.Say("HTTP/1.1 204 No Content\r\n\r\n"); });
  EXPECT_EQ(pipe.exchange.status, 204);
  OnPipe late;
  late.request.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  late.Run([] {});
  EXPECT_EQ(late.exchange.outcome, Outcome::kTimeout);
  EXPECT_EQ(late.exchange.failure.code, code::kRequestTimeout);
}

}  // namespace
}  // namespace loadctl::net
