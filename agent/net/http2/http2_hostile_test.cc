// What a hostile server does to a connection with three requests under way: which of them fail, and
// as what. One request alone, and the rest of RFC 9113's list, are
// tests/e2e/hostile_target_test.py.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http2/http2_connection.h"
#include "agent/net/socket/tcp_transport.h"
#include "agent/net/testing/fiber_parker.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

enum Kind : std::uint8_t {
  kData,
  kHeaders,
  kPriority,
  kReset,
  kSettings,
  kPush,
  kPing,
  kGoAway,
  kWindow,
  kContinuation
};
constexpr std::uint8_t kEndStream = 1, kEndHeaders = 4, kAcknowledged = 1;
constexpr std::size_t kRequests = 3;

std::string Number(std::uint32_t value, int bytes = 4) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
  return text;
}

std::string Frame(Kind kind, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string frame = Number(static_cast<std::uint32_t>(payload.size()), 3);
  frame += static_cast<char>(kind);
  frame += static_cast<char>(flags);
  frame += Number(stream);
  frame += payload;
  return frame;
}

std::string Head(std::uint32_t stream) { return Frame(kHeaders, kEndHeaders, stream, "\x88"); }
std::string Answer(std::uint32_t stream) {
  return Head(stream) + Frame(kData, kEndStream, stream, "ok");
}
/// Of all but the second.
std::string Others() { return Answer(1) + Answer(5); }
std::string Setting(std::uint16_t name, std::uint32_t value) {
  return Frame(kSettings, 0, 0, Number(name, 2) + Number(value));
}
std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

/// Reads the preface and frames until as many requests have come.
void AwaitRequests(int socket) {
  std::string got;
  std::size_t at = std::string_view("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").size();
  std::size_t heads = 0;
  std::array<char, 4096> buffer{};
  while (heads < kRequests) {
    const auto bytes = recv(socket, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) return;
    got.append(buffer.data(), static_cast<std::size_t>(bytes));
    constexpr std::size_t kFrameHead = 9;
    while (at + kFrameHead <= got.size()) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(got[at + i]); };
      if (byte(3) == kHeaders) ++heads;
      at += kFrameHead + (byte(0) << 16 | byte(1) << 8 | byte(2));
    }
  }
}

std::string Told(const Exchange& exchange, HttpConnection::Sent sent) {
  if (sent == HttpConnection::Sent::kAgain) return "again";
  if (exchange.outcome == Outcome::kResponse) return exchange.body;
  const Failure& failure = exchange.failure;
  return failure.detail.empty() ? failure.text : failure.detail;
}

enum class Then : std::uint8_t { kStays, kCloses };

/// What becomes of three requests that are under way when the server says `bytes`.
class Attack {
 public:
  explicit Attack(std::string bytes, Then then = Then::kStays)
      : server_([bytes = std::move(bytes), then](int socket, int) {
          AwaitRequests(socket);
          WriteAll(socket, Frame(kSettings, 0, 0, "") + Frame(kSettings, kAcknowledged, 0, ""));
          WriteAll(socket, bytes);
          if (then == Then::kCloses) shutdown(socket, SHUT_WR);
          ReadUntil(socket, "never");
        }) {
    LoopParker parker(io_);
    Wait wait{parker, Soon()};
    auto dialed =
        TcpTransport::Dial(io_, {*IpAddress::Parse("127.0.0.1"), server_.port()}, {}, Soon(), wait);
    connection_.emplace(std::move(dialed.transport), scratch_);
    std::vector<std::unique_ptr<FiberParker>> fibers;
    for (std::string& told : told_) {
      fibers.push_back(std::make_unique<FiberParker>([&](Parker& fiber) {
        Request request;
        request.url = &url_;
        Wait own{fiber, Soon()};
        Exchange exchange;
        told = Told(exchange, HttpConnection::Sent::kDone);
        const HttpConnection::Sent sent = connection_->Send(request, {}, own, exchange);
        told = Told(exchange, sent);
      }));
    }
    RunAll(io_, fibers);
  }

  using Three = std::array<std::string, kRequests>;
  [[nodiscard]] const Three& told() const { return told_; }
  /// Whether it would take another request.
  [[nodiscard]] bool Usable() const { return connection_->Room() > 0; }

 private:
  static TimePoint Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

  boost::asio::io_context io_{1};
  TestServer server_;
  std::vector<char> scratch_ = std::vector<char>(16 * 1024);
  Url url_ = *ParseUrl("https://h.test/");
  std::optional<Http2Connection> connection_;
  Three told_;
};

using Three = Attack::Three;
Three All(const std::string& text) { return {text, text, text}; }
/// What one stream's fault does to the others: nothing.
Three Third(const std::string& text) { return {"ok", text, "ok"}; }

struct Case {
  const char* name;
  std::string bytes;
  Three told;
  bool usable = false;
  Then then = Then::kStays;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const Attack attack(one.bytes, one.then);
    EXPECT_EQ(attack.told(), one.told) << one.name;
    EXPECT_EQ(attack.Usable(), one.usable) << one.name;
  }
}

/// A field without the status before it.
std::string FieldOnly() {
  return std::string(
      "\x00\x01"
      "a\x01x",
      5);
}
std::string UpperCase() {
  return std::string(
      "\x88\x00\x01"
      "A\x01x",
      6);
}

TEST(Http2Hostile, OneStreamsFaultIsNotTheOthers) {
  const std::string reset = Frame(kReset, 0, 3, Number(8));
  Expect({
      {"no fault", Others() + Answer(3), All("ok"), true},
      {"reset", reset + Others(), Third("stream error: stream ID 3; CANCEL; received from peer"),
       true},
      {"reset twice", reset + reset + Others(),
       Third("stream error: stream ID 3; CANCEL; received from peer"), true},
      {"refused", Frame(kReset, 0, 3, Number(7)) + Others(), Third("again"), true},
      {"reset after the end", Answer(3) + reset + Others(), All("ok"), true},
      {"data after the end", Answer(3) + Frame(kData, kEndStream, 3, "x") + Others(), All("ok"),
       true},
      {"head after the end", Answer(3) + Head(3) + Others(), All("ok"), true},
      {"window overflow",
       Frame(kWindow, 0, 3, Number(0x7fffffff)) + Frame(kWindow, 0, 3, Number(0x7fffffff)) +
           Others(),
       Third("stream error: stream ID 3; FLOW_CONTROL_ERROR"), true},
      {"upper case", Frame(kHeaders, kEndHeaders | kEndStream, 3, UpperCase()) + Others(),
       Third("stream error: stream ID 3; PROTOCOL_ERROR"), true},
      {"no status", Frame(kHeaders, kEndHeaders | kEndStream, 3, FieldOnly()) + Others(),
       Third("stream error: stream ID 3; PROTOCOL_ERROR"), true},
  });
}

TEST(Http2Hostile, ABrokenConnectionFailsWhatIsUnderWay) {
  const auto error = [](const char* code) { return std::string("connection error: ") + code; };
  const auto rest = [](const std::string& text) { return Three{"ok", text, text}; };
  const std::string one = Answer(1), all = one + Answer(3) + Answer(5);
  Expect({
      {"frame too large", one + Head(3) + Frame(kData, kEndStream, 3, std::string(16385, 'x')),
       rest("http2: frame too large")},
      {"reset without a code", one + Frame(kReset, 0, 3, ""), rest(error("FRAME_SIZE_ERROR"))},
      {"window of 0 on a stream", Frame(kWindow, 0, 3, Number(0)) + all,
       All(error("PROTOCOL_ERROR"))},
      {"window of 0", Frame(kWindow, 0, 0, Number(0)) + all, All(error("PROTOCOL_ERROR"))},
      {"window overflow",
       Frame(kWindow, 0, 0, Number(0x7fffffff)) + Frame(kWindow, 0, 0, Number(0x7fffffff)) + all,
       All(error("FLOW_CONTROL_ERROR"))},
      {"first window too large", Setting(4, 0x80000000) + all, All(error("FLOW_CONTROL_ERROR"))},
      {"frames too small", Setting(5, 100) + all, All(error("PROTOCOL_ERROR"))},
      {"another's head within a head", one + Frame(kHeaders, 0, 3, "\x88") + Answer(5),
       rest(error("PROTOCOL_ERROR"))},
      {"push", one + Frame(kPush, kEndHeaders, 3, Number(2) + "\x88"),
       rest(error("PROTOCOL_ERROR"))},
      {"stream of a server", one + Head(2), rest(error("PROTOCOL_ERROR"))},
      {"stream that never was", one + Frame(kData, 0, 7, "x"), rest(error("PROTOCOL_ERROR"))},
      {"bad compression", one + Frame(kHeaders, kEndHeaders, 3, "\xff\xff\xff\xff\xff\xff\xff"),
       rest(error("COMPRESSION_ERROR"))},
      {"end", one + Head(3), rest("unexpected EOF"), false, Then::kCloses},
      {"end within a frame", one + Answer(3).substr(0, 12), rest("unexpected EOF"), false,
       Then::kCloses},
  });
}

TEST(Http2Hostile, GoingAwayInTheMiddleLeavesTheRestToOthers) {
  const auto going = [](std::uint32_t last, std::uint32_t code) {
    return Frame(kGoAway, 0, 0, Number(last) + Number(code));
  };
  const Three rest = {"ok", "again", "again"};
  Expect({
      {"politely", going(1, 0) + Answer(1), rest, false, Then::kCloses},
      {"politely, and stays", going(1, 0) + Answer(1), rest},
      {"calm", going(1, 11) + Answer(1), rest, false, Then::kCloses},
      {"in two steps", going(5, 0) + going(1, 0) + Answer(1), rest, false, Then::kCloses},
      {"with all answers", going(5, 0) + Others() + Answer(3), All("ok")},
      {"none more", Setting(3, 0) + Others() + Answer(3), All("ok")},
  });
}

TEST(Http2Hostile, FloodsCostNoMoreThanTheConnection) {
  constexpr int kMany = 20'000;
  const std::string head = Frame(kHeaders, 0, 3, "\x88");
  const std::string informational = Frame(kHeaders, kEndHeaders, 3,
                                          std::string("\x08\x03"
                                                      "103"));
  const std::string answers = Others() + Answer(3);
  Expect({
      {"of resets", Times(kMany, Frame(kReset, 0, 3, Number(8))) + Others(),
       Third("stream error: stream ID 3; CANCEL; received from peer"), true},
      {"of priorities", Times(kMany, Frame(kPriority, 0, 3, std::string(5, '\0'))) + answers,
       All("ok"), true},
      {"of empty data",
       Head(3) + Times(kMany, Frame(kData, 0, 3, "")) + Frame(kData, kEndStream, 3, "ok") +
           Others(),
       All("ok"), true},
      {"of informational heads", Times(kMany, informational) + answers, All("ok"), true},
      {"of continuations", head + Times(kMany, Frame(kContinuation, 0, 3, FieldOnly())),
       All("connection error: PROTOCOL_ERROR")},
      {"of empty continuations", head + Times(kMany, Frame(kContinuation, 0, 3, "")),
       All("connection error: PROTOCOL_ERROR")},
  });
  // What is to be acknowledged ends the connection if it comes faster than that can be written.
  for (const std::string& asks : {Frame(kPing, 0, 0, "12345678"), Setting(3, 100)}) {
    const Attack attack(Answer(1) + Times(kMany, asks) + Answer(3) + Answer(5));
    const Three broken = {"ok", "connection error: PROTOCOL_ERROR",
                          "connection error: PROTOCOL_ERROR"};
    EXPECT_TRUE(attack.told() == All("ok") || attack.told() == broken) << attack.told()[1];
  }
}

}  // namespace
}  // namespace loadctl::net
