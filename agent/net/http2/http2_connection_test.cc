// Against a server made of nghttp2's other half, over plain TCP.
#include "agent/net/http2/http2_connection.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "agent/net/socket/tcp_transport.h"
#include "agent/net/testing/fiber_parker.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using std::chrono::milliseconds;

/// Serves one connection; `answer` is called for each complete request.
class Server {
 public:
  using Fields = std::multimap<std::string, std::string>;
  struct Sent {
    Fields fields;
    std::string body;
    std::string answer;  ///< kept while it is sent
    std::size_t sent = 0;
  };
  using Answer = std::function<void(Server&, std::int32_t stream, Sent& sent)>;

  explicit Server(Answer answer) : answer_(std::move(answer)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_server_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
  }
  ~Server() { nghttp2_session_del(session); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Settings(std::vector<nghttp2_settings_entry> entries = {}) {
    nghttp2_submit_settings(session, 0, entries.data(), entries.size());
  }
  void Run(int socket) {
    const int at_once = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    char buffer[16 * 1024];
    for (;;) {
      for (;;) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session, &bytes);
        if (size <= 0) break;
        WriteAll(socket, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
      }
      if (closing) {  // in an orderly way: a close with bytes unread would be a reset
        shutdown(socket, SHUT_WR);
        while (recv(socket, buffer, sizeof buffer, 0) > 0) {
        }
        return;
      }
      const auto got = recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      if (nghttp2_session_mem_recv(session, reinterpret_cast<std::uint8_t*>(buffer),
                                   static_cast<std::size_t>(got)) < 0)
        return;
    }
  }
  void Reply(std::int32_t stream, const std::string& status, std::string body,
             const std::vector<std::pair<std::string, std::string>>& more = {}) {
    std::vector<nghttp2_nv> fields;
    const auto add = [&](const std::string& name, const std::string& value) {
      fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                        reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
                        name.size(), value.size(), 0});
    };
    const std::string name = ":status";
    add(name, status);
    for (const auto& [key, value] : more) add(key, value);
    Sent& sent = all[stream];
    sent.answer = std::move(body);
    nghttp2_data_provider provider{};
    provider.source.ptr = &sent;
    provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into,
                                std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                                void*) -> ssize_t {
      auto& self = *static_cast<Sent*>(source->ptr);
      size = std::min(size, self.answer.size() - self.sent);
      std::copy_n(self.answer.data() + self.sent, size, into);
      self.sent += size;
      if (self.sent == self.answer.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(size);
    };
    nghttp2_submit_response(session, stream, fields.data(), fields.size(), &provider);
  }

  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Sent> all;
  bool closing = false;

 private:
  Answer answer_;

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* self) {
    static_cast<Server*>(self)->all[frame->hd.stream_id].fields.emplace(
        std::string(reinterpret_cast<const char*>(name), name_size),
        std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                    std::size_t size, void* self) {
    static_cast<Server*>(self)->all[stream].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    auto& server = *static_cast<Server*>(self);
    const bool request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      server.answer_(server, frame->hd.stream_id, server.all[frame->hd.stream_id]);
    return 0;
  }
};

/// Counts what is written; everything else is the TCP transport's.
class CountingTransport final : public Transport {
 public:
  CountingTransport(std::unique_ptr<Transport> below, int& writes)
      : below_(std::move(below)), writes_(writes) {}
  ReadResult TryRead(std::span<char> into) override { return below_->TryRead(into); }
  WriteResult TryWrite(std::span<const std::string_view> parts) override {
    ++writes_;
    return below_->TryWrite(parts);
  }
  IoStatus WaitFor(Interest interest, Wait& wait) override {
    return below_->WaitFor(interest, wait);
  }
  void Listen(TransportListener* listener) override { below_->Listen(listener); }
  bool QueueTurn(TimePoint now, Company company) override {
    return below_->QueueTurn(now, company);
  }
  void SetAlarm(TimePoint when) override { below_->SetAlarm(when); }
  bool Stirred() const override { return below_->Stirred(); }
  void Close() override { below_->Close(); }
  const Failure& failure() const override { return below_->failure(); }
  std::uint64_t bytes_received() const override { return below_->bytes_received(); }
  std::uint64_t bytes_sent() const override { return below_->bytes_sent(); }

 private:
  std::unique_ptr<Transport> below_;
  int& writes_;
};

/// A client's connection to a TestServer that runs `answer`.
struct World {
  explicit World(Server::Answer answer, std::vector<nghttp2_settings_entry> settings = {})
      : server([answer, settings](int socket, int) {
          Server session(answer);
          session.Settings(settings);
          session.Run(socket);
        }) {
    Wait wait{parker, Soon()};
    auto dialed =
        TcpTransport::Dial(io, {*IpAddress::Parse("127.0.0.1"), server.port()}, {}, Soon(), wait);
    connection.emplace(std::make_unique<CountingTransport>(std::move(dialed.transport), writes),
                       scratch);
  }
  static TimePoint Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

  HttpConnection::Sent Ask(Request request, Exchange& into, TimePoint deadline = Soon()) {
    Wait wait{parker, deadline};
    request.url = &url;
    HttpConnection::Terms terms;
    terms.ready = std::chrono::steady_clock::now();
    return connection->Send(request, terms, wait, into);
  }
  Exchange Get() {
    Exchange exchange;
    EXPECT_EQ(Ask({}, exchange), HttpConnection::Sent::kDone);
    return exchange;
  }

  boost::asio::io_context io{1};
  LoopParker parker{io};
  TestServer server;
  std::vector<char> scratch = std::vector<char>(16 * 1024);
  Url url = *ParseUrl("https://h.test/path?q");
  int writes = 0;
  std::optional<Http2Connection> connection;
};

/// `count` requests at once, each on a fiber of its own; their bodies.
std::vector<std::string> AskAtOnce(World& world, std::size_t count, const Request& request) {
  std::vector<std::unique_ptr<FiberParker>> fibers;
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < count; ++i) {
    fibers.push_back(std::make_unique<FiberParker>([&](Parker& parker) {
      Request own = request;
      own.url = &world.url;
      Wait wait{parker, World::Soon()};
      Exchange e;
      HttpConnection::Terms terms;
      terms.ready = std::chrono::steady_clock::now();
      (void)world.connection->Send(own, terms, wait, e);
      bodies.push_back(e.body);
    }));
  }
  RunAll(world.io, fibers);
  return bodies;
}

TEST(Http2Connection, AsksAndReadsTheAnswer) {
  Server::Fields seen;
  World world([&](Server& server, std::int32_t stream, Server::Sent& sent) {
    seen = sent.fields;
    server.Reply(stream, "404", "body of " + sent.body,
                 {{"x-a", "1"}, {"set-cookie", "a=b"}, {"set-cookie", "c=d"}});
  });
  HeaderList headers;
  headers.Add("X-Own", "2");
  headers.Add("Cookie", "a=1; b=2");
  headers.Add("Connection", "keep-alive");
  Request request;
  request.method = "POST";
  request.headers = &headers;
  request.user_agent = "agent";
  request.body = "request";
  request.has_body = true;
  Exchange e;
  EXPECT_EQ(world.Ask(request, e), HttpConnection::Sent::kDone);
  ASSERT_EQ(e.outcome, Outcome::kResponse) << e.failure.text;
  EXPECT_EQ(e.status, 404);
  EXPECT_EQ(e.Protocol(), "HTTP/2.0");
  EXPECT_EQ(e.StatusText(), "404 Not Found");
  EXPECT_EQ(e.body, "body of request");
  std::string head;
  e.AppendHead(head);
  EXPECT_EQ(head, "HTTP/2.0\n404 Not Found\nX-A\n1\nSet-Cookie\na=b\nSet-Cookie\nc=d\n");
  EXPECT_GT(e.bytes_sent, 50U);
  EXPECT_GT(e.timings.Total().count(), 0);
  const Server::Fields expected = {
      {":method", "POST"},  {":scheme", "https"},    {":authority", "h.test"},
      {":path", "/path?q"}, {"x-own", "2"},          {"cookie", "a=1"},
      {"cookie", "b=2"},    {"content-length", "7"}, {"user-agent", "agent"}};
  EXPECT_EQ(seen, expected);
  EXPECT_TRUE(world.connection->Alive(true));
  EXPECT_EQ(world.Get().status, 404) << "the connection serves another";
}

TEST(Http2Connection, CarriesManyRequestsAtOnce) {
  std::vector<std::int32_t> waiting;
  // Answers come when all have sent, the last first: none can be alone on the connection.
  constexpr std::size_t kAll = 20;
  World world([&](Server& server, std::int32_t stream, Server::Sent&) {
    waiting.push_back(stream);
    if (waiting.size() < kAll) return;
    for (std::size_t i = waiting.size(); i-- > 0;)
      server.Reply(waiting[i], "200", std::string(100'000, 'x') + std::to_string(waiting[i]));
  });
  const std::vector<std::string> bodies = AskAtOnce(world, kAll, {});
  ASSERT_EQ(bodies.size(), kAll);
  for (const std::string& body : bodies) EXPECT_GT(body.size(), 100'000U);
  EXPECT_EQ(world.server.connections(), 1);
}

TEST(Http2Connection, WritesTheRequestsOfATurnAtOnce) {
  World world([](Server& server, std::int32_t stream, Server::Sent& sent) {
    server.Reply(stream, "200", sent.body);
  });
  EXPECT_EQ(world.Get().status, 200);
  // The server's settings have come and are acknowledged; what is written now are requests.
  world.io.restart();
  world.io.run_for(milliseconds(20));
  world.writes = 0;
  EXPECT_EQ(world.Get().status, 200);
  EXPECT_EQ(world.writes, 1) << "one alone is not held back for others";
  world.writes = 0;
  const std::string body(1000, 'b');
  Request request;
  request.method = "POST";
  request.body = body;
  request.has_body = true;
  constexpr std::size_t kAll = 20;
  EXPECT_EQ(AskAtOnce(world, kAll, request), std::vector<std::string>(kAll, body));
  EXPECT_EQ(world.writes, 1) << "heads and bodies of one turn";
}

TEST(Http2Connection, WritesWhatIsLargeInPiecesThatTheWindowsAllow) {
  World world([](Server& server, std::int32_t stream,
                 Server::Sent& sent) { server.Reply(stream, "200", sent.body); },
              {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 50'000}});
  const std::string body(200'000, 'b');
  Request request;
  request.method = "POST";
  request.body = body;
  request.has_body = true;
  constexpr std::size_t kAll = 5;
  EXPECT_EQ(AskAtOnce(world, kAll, request), std::vector<std::string>(kAll, body));
  EXPECT_GT(world.writes, 1);
}

TEST(Http2Connection, TimeHeldBackForTheTurnIsNotTheTargets) {
  World world([](Server& server, std::int32_t stream, Server::Sent&) {
    server.Reply(stream, "200", "ok");
  });
  EXPECT_EQ(world.Get().body, "ok");
  // A loop that comes round to the write only after the deadline.
  std::vector<std::unique_ptr<FiberParker>> fibers;
  Exchange e;
  fibers.push_back(std::make_unique<FiberParker>([&](Parker& parker) {
    Request request;
    request.url = &world.url;
    HttpConnection::Terms terms;
    terms.ready = std::chrono::steady_clock::now();
    Wait wait{parker, terms.ready + milliseconds(40)};
    (void)world.connection->Send(request, terms, wait, e);
  }));
  (void)fibers.front()->RunIfReady();
  std::this_thread::sleep_for(milliseconds(60));
  RunAll(world.io, fibers);
  EXPECT_EQ(e.body, "ok") << e.failure.text;
  EXPECT_LT(e.timings.Total(), milliseconds(40));
}

TEST(Http2Connection, TakesLargeBodiesBothWaysThroughSmallWindows) {
  World world([](Server& server, std::int32_t stream,
                 Server::Sent& sent) { server.Reply(stream, "200", sent.body + sent.body); },
              {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 20'000}});
  const std::string body(5 << 20, 'b');
  Request request;
  request.method = "PUT";
  request.body = body;
  request.has_body = true;
  Exchange e;
  (void)world.Ask(request, e);
  ASSERT_EQ(e.outcome, Outcome::kResponse) << e.failure.text;
  EXPECT_EQ(e.body.size(), 2 * body.size());
  request.max_body = 4096;
  e.Reset();
  (void)world.Ask(request, e);
  EXPECT_NE(e.failure.text.find("4096"), std::string::npos);
  EXPECT_EQ(e.body.size(), 0U);
  request.max_body = UINT64_MAX;
  request.body = "x";
  Exchange next;
  (void)world.Ask(request, next);
  EXPECT_EQ(next.body, "xx") << "the connection lives on";
}

TEST(Http2Connection, NamesResetStreamsAsK6) {
  std::uint32_t code = NGHTTP2_INTERNAL_ERROR;
  World world([&](Server& server, std::int32_t stream, Server::Sent&) {
    nghttp2_submit_rst_stream(server.session, 0, stream, code);
  });
  const Exchange e = world.Get();
  EXPECT_EQ(e.failure.code, 1633);
  EXPECT_EQ(e.failure.text, "http2: stream error with http2 ErrCode INTERNAL_ERROR");
  EXPECT_EQ(e.failure.detail, "stream error: stream ID 1; INTERNAL_ERROR; received from peer");
  code = NGHTTP2_REFUSED_STREAM;
  Exchange again;
  EXPECT_EQ(world.Ask({}, again), HttpConnection::Sent::kAgain);
}

TEST(Http2Connection, SendsElsewhereWhatAServerThatGoesDidNotTake) {
  std::uint32_t code = NGHTTP2_NO_ERROR;
  const auto going = [&](Server& server, std::int32_t stream, Server::Sent&) {
    if (stream == 1 && code == NGHTTP2_NO_ERROR) return server.Reply(stream, "200", "ok");
    nghttp2_submit_goaway(server.session, 0, std::max(stream - 2, 0), code, nullptr, 0);
    server.closing = true;
  };
  World world(going);
  EXPECT_EQ(world.Get().body, "ok");
  Exchange e;
  EXPECT_EQ(world.Ask({}, e), HttpConnection::Sent::kAgain);
  EXPECT_EQ(world.connection->Room(), 0U);
  // Not so on a fresh connection that is refused for a reason: it would go on for ever.
  code = NGHTTP2_ENHANCE_YOUR_CALM;
  World angry(going);
  const Exchange first = angry.Get();
  EXPECT_EQ(first.outcome, Outcome::kTransportError);
}

TEST(Http2Connection, SaysWhyItDied) {
  World gone([](Server& server, std::int32_t, Server::Sent&) { server.closing = true; });
  EXPECT_EQ(gone.Get().failure.text, "unexpected EOF");
  EXPECT_FALSE(gone.connection->Alive(false));
  World went([](Server& server, std::int32_t stream, Server::Sent&) {
    nghttp2_submit_goaway(server.session, 0, stream, NGHTTP2_ENHANCE_YOUR_CALM,
                          reinterpret_cast<const std::uint8_t*>("why"), 3);
    server.closing = true;
  });
  const Exchange e = went.Get();
  EXPECT_EQ(e.failure.code, 1622);
  EXPECT_EQ(e.failure.detail,
            "http2: server sent GOAWAY and closed the connection; LastStreamID=1, "
            "ErrCode=ENHANCE_YOUR_CALM, debug=\"why\"");
}

TEST(Http2Connection, EndsAStreamAtItsDeadlineAndNoOther) {
  World world([](Server& server, std::int32_t stream, Server::Sent&) {
    if (stream != 1) server.Reply(stream, "200", "ok");
  });
  Exchange late;
  (void)world.Ask({}, late, std::chrono::steady_clock::now() + milliseconds(20));
  EXPECT_EQ(late.outcome, Outcome::kTimeout);
  EXPECT_EQ(late.failure.code, code::kRequestTimeout);
  EXPECT_EQ(world.Get().body, "ok");
  EXPECT_EQ(world.server.connections(), 1);
}

TEST(Http2Connection, RefusesWhatOnlyHttp1Has) {
  World world([](Server&, std::int32_t, Server::Sent&) {});
  HeaderList headers;
  headers.Add("Upgrade", "websocket");
  Request request;
  request.headers = &headers;
  Exchange e;
  EXPECT_EQ(world.Ask(request, e), HttpConnection::Sent::kDone);
  EXPECT_EQ(e.failure.text, "invalid Upgrade request header: [\"websocket\"]");
}

TEST(Http2Connection, IsNotUsedAgainWhereThatIsAskedFor) {
  World world([](Server& server, std::int32_t stream, Server::Sent& sent) {
    server.Reply(stream, "200", sent.fields.count("connection") == 0 ? "ok" : "was told");
  });
  HeaderList headers;
  headers.Add("Connection", "close");
  Request request;
  request.headers = &headers;
  Exchange e;
  (void)world.Ask(request, e);
  EXPECT_EQ(e.body, "ok");
  EXPECT_EQ(world.connection->Room(), 0U);
}

TEST(Http2Connection, TakesRubbishForABrokenProtocol) {
  TestServer server([](int socket, int) {
    ReadUntil(socket, "SM\r\n\r\n");
    WriteAll(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    ReadUntil(socket, "never");
  });
  boost::asio::io_context io(1);
  LoopParker parker(io);
  Wait wait{parker, World::Soon()};
  std::vector<char> scratch(1000);
  auto dialed = TcpTransport::Dial(io, {*IpAddress::Parse("127.0.0.1"), server.port()}, {},
                                   World::Soon(), wait);
  Http2Connection connection(std::move(dialed.transport), scratch);
  const Url url = *ParseUrl("https://h/");
  Request request;
  request.url = &url;
  Exchange e;
  (void)connection.Send(request, {}, wait, e);
  EXPECT_EQ(e.outcome, Outcome::kTransportError);
  EXPECT_TRUE(e.failure.text.starts_with("http2: connection error with http2 ErrCode "))
      << e.failure.text;
}

}  // namespace
}  // namespace loadctl::net
