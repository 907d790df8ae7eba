#include "agent/net/client/http_client.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "agent/net/testing/fiber_parker.h"
#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

using std::chrono::milliseconds;
using namespace std::string_view_literals;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string Gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Reply(std::string_view headers, std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

/// Answers every request of a connection with `reply`.
TestServer::Handle Always(std::string reply) {
  return [reply = std::move(reply)](int socket, int) {
    while (!ReadUntil(socket).empty()) WriteAll(socket, reply);
  };
}

/// Answers the first request of a connection with `reply` and closes.
TestServer::Handle Once(std::string reply) {
  return [reply = std::move(reply)](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, reply);
  };
}

TEST(HttpClient, KeepsConnections) {
  TestServer server(Always(std::string(kOk)));
  TestClient t;
  const Exchange first = t.Get(server.Url("/"));
  const Exchange second = t.Get(server.Url("/"));
  EXPECT_EQ(first.outcome, Outcome::kResponse);
  EXPECT_EQ(first.body, "ok");
  EXPECT_FALSE(first.reused);
  EXPECT_GT(first.timings.connecting.count(), 0);
  EXPECT_GE(first.timings.blocked, first.timings.connecting);
  EXPECT_TRUE(second.reused);
  EXPECT_EQ(second.timings.connecting.count(), 0);
  EXPECT_EQ(second.timings.blocked.count(), 0);
  EXPECT_GT(second.timings.Total().count(), 0);
  EXPECT_EQ(second.remote.ToString(), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(second.bytes_received, kOk.size());
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, SendsWhatK6Sends) {
  std::string seen;
  TestServer server([&](int socket, int) {
    seen = ReadUntil(socket);
    WriteAll(socket, kOk);
  });
  TestClient t;
  const Url url =
      *ParseUrl("http://us%40er:pa%20ss@127.0.0.1:" + std::to_string(server.port()) + "/a b?c d#f");
  HeaderList headers;
  headers.Add("x-b", "1");
  headers.Add("Accept", "*/*");
  headers.Add("content-length", "77");
  headers.Add("a-first", "z");
  Request request;
  request.method = "POST";
  request.url = &url;
  request.headers = &headers;
  request.user_agent = "Grafana k6/2.2.0";
  request.body = "body";
  request.has_body = true;
  const Exchange exchange = t.client.Send(request, t.parker);
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(seen, "POST /a%20b?c%20d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: Grafana k6/2.2.0\r\nContent-Length: 4\r\nA-First: z\r\n"
                      "Accept: */*\r\nAuthorization: Basic dXNAZXI6cGEgc3M=\r\nX-B: 1\r\n\r\n");
  EXPECT_EQ(exchange.bytes_sent, seen.size() + 4);
}

TEST(HttpClient, ReportsWhatTargetsDoWrongInK6sWords) {
  TestClient t;
  const auto check = [&](TestServer::Handle handle, int code, const std::string& text) {
    TestServer server(std::move(handle));
    const Exchange e = t.Get(server.Url("/"));
    EXPECT_NE(e.outcome, Outcome::kResponse) << text;
    EXPECT_EQ(e.failure.code, code) << e.failure.text;
    EXPECT_EQ(e.failure.text, text);
    EXPECT_EQ(e.status, text.ends_with("Protocols") ? 101 : 0);
  };
  check(Once(""), 1000, "EOF");
  check(Once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), 1000, "unexpected EOF");
  check(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 1000,
        "invalid byte in chunk length");
  check(Once("rubbish\r\n\r\n"), 1000, "malformed HTTP response \"rubbish\"");
  check(Once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), 1000,
        "unsupported response status: 101 Switching Protocols");
  check(Once(Reply("Content-Encoding: gzip\r\n", "0123456789abcdef")), 1701,
        "error decompressing response body (gzip: invalid header)");
  check(Once(Reply("Content-Encoding: gzip\r\n", "abc")), 1701,
        "error decompressing response body (unexpected EOF)");
  check(
      [](int socket, int) {
        ReadUntil(socket);
        WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        ResetOnClose(socket);
      },
      1220, "read: connection reset by peer");
}

TEST(HttpClient, NamesRefusalsAndBadRequests) {
  TestClient t;
  int port = 0;
  {
    TestServer gone([](int, int) {});
    port = gone.port();
  }
  const std::string refused = "http://127.0.0.1:" + std::to_string(port) + "/";
  const Exchange e = t.Get(refused);
  EXPECT_EQ(e.failure.code, code::kDialRefused);
  EXPECT_EQ(e.failure.text, "dial: connection refused");
  EXPECT_EQ(RequestErrorText("GET", refused, e.failure),
            "Get \"" + refused + "\": dial tcp 127.0.0.1:" + std::to_string(port) +
                ": connect: connection refused");
  EXPECT_EQ(e.timings.Total().count(), 0);
  EXPECT_EQ(t.Get("http://nosuch.invalid/").failure.code, code::kNoSuchHost);
  EXPECT_EQ(t.Get("http://nosuch.invalid/").failure.text, "lookup: no such host");
  EXPECT_EQ(t.Get("foo/bar").failure.text, "unsupported protocol scheme \"\"");
  EXPECT_EQ(t.Get("ftp://127.0.0.1/").failure.text, "unsupported protocol scheme \"ftp\"");
  EXPECT_EQ(t.Get("http:///x").failure.text, "http: no Host in request URL");
  EXPECT_EQ(t.Get("http://127.0.0.1/", 1, "GE T").failure.text,
            "net/http: invalid method \"GE T\"");
  const Exchange port_error = t.Get("http://127.0.0.1:99999/");
  EXPECT_EQ(port_error.failure.code, code::kDial);
  EXPECT_EQ(port_error.failure.text, "dial tcp: address 99999: invalid port");
}

TEST(HttpClient, StalledServersTimeOut) {
  TestServer silent([](int socket, int) { ReadUntil(socket, "never"); });
  TestServer half([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    ReadUntil(socket, "never");
  });
  TestClient t;
  const Exchange none = t.Get(silent.Url("/"), 0.05);
  EXPECT_EQ(none.outcome, Outcome::kTimeout);
  EXPECT_EQ(none.failure.code, code::kRequestTimeout);
  EXPECT_EQ(none.failure.text, "request timeout");
  EXPECT_EQ(none.timings.receiving.count(), 0);
  const Exchange some = t.Get(half.Url("/"), 0.05);
  EXPECT_EQ(some.outcome, Outcome::kTimeout);
  EXPECT_EQ(some.body, "abc");
  EXPECT_EQ(t.client.idle(), 0U);
}

TEST(HttpClient, LazyTimerServesLongAndShortDeadlines) {
  TestServer server([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, kOk);
    ReadUntil(socket);
    WriteAll(socket, kOk);
    ReadUntil(socket, "never");
  });
  TestClient t;
  EXPECT_EQ(t.Get(server.Url("/"), 60).status, 200);
  EXPECT_EQ(t.Get(server.Url("/"), 0.2).status, 200);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(t.Get(server.Url("/"), 0.4).outcome, Outcome::kTimeout);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(390));
  EXPECT_LT(took, milliseconds(2000));
}

TEST(HttpClient, StampsTellTheServersTimeFromTheGenerators) {
  TestServer server(Always(std::string(kOk)));
  TestClient t;
  t.Get(server.Url("/"));
  const Url url = *ParseUrl(server.Url("/"));
  Request request;
  request.url = &url;
  request.deadline = std::chrono::steady_clock::now() + milliseconds(100);
  // The loop is busy for 300 ms while the answer waits in the socket: no 300 ms, and no timeout.
  boost::asio::post(t.io, [] { std::this_thread::sleep_for(milliseconds(300)); });
  const Exchange e = t.client.Send(request, t.parker);
  EXPECT_EQ(e.outcome, Outcome::kResponse);
  EXPECT_LT(e.timings.waiting, milliseconds(90));
}

TEST(HttpClient, RepeatsOnAFreshConnectionAsGo) {
  // Each connection serves one request and is then reset under the second.
  TestServer server([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, kOk);
    ReadUntil(socket);
    ResetOnClose(socket);
  });
  TestClient t;
  EXPECT_EQ(t.Get(server.Url("/")).status, 200);
  const Exchange again = t.Get(server.Url("/"));
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.reused);
  EXPECT_EQ(server.connections(), 2);
  // A POST may have been carried out: it is not sent twice.
  const Exchange post = t.Get(server.Url("/"), 5, "POST", "x");
  EXPECT_EQ(post.outcome, Outcome::kTransportError);
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, NoticesConnectionsClosedWhileIdle) {
  TestServer server(Once(std::string(kOk)));
  TestClient t;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(t.Get(server.Url("/"), 5, "POST", "x").status, 200);
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClient, DropsConnectionsWithBytesNobodyAskedFor) {
  TestServer server(Always(std::string(kOk) + "HTTP/1.1 200 OK"));
  TestClient t;
  t.Get(server.Url("/"));
  EXPECT_EQ(t.client.idle(), 0U);
}

TEST(HttpClient, HonoursNoConnectionReuseAndIdleLimits) {
  std::string seen;
  TestServer server([&](int socket, int) {
    seen = ReadUntil(socket);
    WriteAll(socket, kOk);
    ReadUntil(socket);
  });
  ClientOptions options;
  options.no_connection_reuse = true;
  TestClient t(options);
  t.Get(server.Url("/"));
  EXPECT_NE(seen.find("Connection: close\r\n\r\n"), std::string::npos);
  EXPECT_EQ(t.client.idle(), 0U);

  TestServer a(Always(std::string(kOk)));
  TestServer b(Always(std::string(kOk)));
  ClientOptions one;
  one.max_idle = 1;
  TestClient few(one);
  few.Get(a.Url("/"));
  few.Get(b.Url("/"));
  EXPECT_EQ(few.client.idle(), 1U);
  EXPECT_TRUE(few.Get(b.Url("/")).reused);
  few.client.CloseIdle();
  EXPECT_FALSE(few.Get(b.Url("/")).reused);
}

TEST(HttpClient, DecodesBodies) {
  const std::string text(100'000, 'x');
  TestServer server(Always(Reply("Content-Encoding: gzip, gzip\r\n", Gzip(Gzip(text)))));
  TestClient t;
  const Exchange e = t.Get(server.Url("/"));
  EXPECT_EQ(e.body, text);
  EXPECT_LT(e.bytes_received, 2000U);
}

TEST(HttpClient, TheAnswerToHeadHasNoBodyToDecode) {
  TestServer server(
      Always("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"));
  TestClient t;
  const Exchange e = t.Get(server.Url("/"), 5, "HEAD");
  EXPECT_EQ(e.status, 200);
  EXPECT_EQ(e.ErrorCode(), 0);
  EXPECT_EQ(e.body, "");
}

TEST(HttpClient, BoundsKeptBodies) {
  TestServer length(Always(Reply("", std::string(5000, 'x'))));
  TestServer bomb(Always(Reply("Content-Encoding: gzip\r\n", Gzip(std::string(100'000, 'x')))));
  TestServer endless([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 1000; ++i) WriteAll(socket, std::string(10'000, 'x'));
  });
  TestClient t;
  for (TestServer* server : {&length, &bomb, &endless}) {
    const Url url = *ParseUrl(server->Url("/"));
    Request request;
    request.url = &url;
    request.max_body = 4096;
    const Exchange e = t.client.Send(request, t.parker);
    EXPECT_EQ(e.outcome, Outcome::kTransportError) << "a failed request, which counts";
    EXPECT_EQ(e.failure.code, code::kDefault);
    EXPECT_NE(e.failure.text.find("4096"), std::string::npos);
    EXPECT_EQ(e.body, "");
  }
}

TEST(HttpClient, AnAlertWinsOverTheWriteThatFailed) {
  const TestCertificate certificate = MakeCertificate("localhost");
  std::atomic<bool> closed = false;
  TestServer server([&](int socket, int) {
    ServeTls(socket, certificate, kOk, nullptr, ClientAuth::kDemanded);
    ResetOnClose(socket);
    shutdown(socket, SHUT_RDWR);
    closed = true;
  });
  TlsOptions options;
  options.extra_roots = certificate.certificate;
  TestClient t({}, options);
  Wait wait{t.parker, std::chrono::steady_clock::now() + std::chrono::seconds(10)};
  Dialed dialed = t.dialer.Dial({"localhost", server.port(), true}, {}, wait);
  ASSERT_NE(dialed.transport, nullptr) << dialed.failure.text;
  while (!closed) std::this_thread::yield();  // in TLS 1.3 the client learns of it afterwards
  // Whatever the write meets, what the server said is the reason.
  const Url url = *ParseUrl("https://localhost/");
  const std::string body(4 << 20, 'b');
  Request request;
  request.url = &url;
  request.method = "POST";
  request.body = body;
  request.has_body = true;
  Http1Memory memory;
  Http1Connection connection(std::move(dialed.transport), memory);
  Exchange e;
  EXPECT_EQ(connection.Send(request, {}, wait, e), HttpConnection::Sent::kDone);
  EXPECT_EQ(e.failure.text, "remote error: tls: certificate required");
  EXPECT_EQ(e.failure.code, code::kNonTcp);
}

TEST(HttpClient, BelievesNoAnnouncedLength) {
  TestServer server(
      Once("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nwhat there is"));
  TestClient t;
  const Exchange e = t.Get(server.Url("/"));
  EXPECT_EQ(e.outcome, Outcome::kTransportError);
  EXPECT_EQ(e.failure.text, "unexpected EOF");
  EXPECT_EQ(e.body, "what there is");
}

TEST(HttpClient, DecodesWhatCameOfACutAnswer) {
  const std::string text = "hello world, hello world, and again hello world";
  const std::string gzip = Gzip(text);
  const auto cut = [&](std::size_t bytes) {
    TestServer server(
        Once("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n" +
             gzip.substr(0, bytes)));
    TestClient t;
    return t.Get(server.Url("/"));
  };
  // Codes and texts of k6 2.2.
  const Exchange head = cut(5);
  EXPECT_EQ(head.failure.code, code::kDecompression);
  EXPECT_EQ(head.failure.text, "error decompressing response body (unexpected EOF)");
  EXPECT_EQ(head.body, "");
  const Exchange part = cut(20);
  EXPECT_EQ(part.failure.code, code::kDefault);
  EXPECT_EQ(part.failure.text, "unexpected EOF");
  EXPECT_EQ(part.body, text.substr(0, part.body.size()));
  EXPECT_FALSE(part.body.empty());
  const Exchange whole = cut(gzip.size());
  EXPECT_EQ(whole.outcome, Outcome::kTransportError);
  EXPECT_EQ(whole.body, text);
}

TEST(HttpClient, DiscardsHugeBodiesInConstantMemory) {
  constexpr std::size_t kSize = 1U << 30;
  TestServer server([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    const std::string piece(1 << 20, 'x');
    for (std::size_t sent = 0; sent < kSize; sent += piece.size()) WriteAll(socket, piece);
  });
  TestClient t;
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const Exchange e = t.Get(server.Url("/"), 60, "GET", {}, BodyMode::kDiscard);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(e.outcome, Outcome::kResponse);
  EXPECT_GT(e.bytes_received, kSize);
  EXPECT_EQ(e.body, "");
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024);  // kB
}

TEST(HttpClient, ReadsAnswersWhileItIsStillSending) {
  // An echo server that stops reading when its own output is full would deadlock a half-duplex one.
  const std::string body(8 << 20, 'e');
  TestServer server([&](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket,
             "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    char buffer[64 * 1024];
    std::size_t echoed = 0;
    while (echoed < body.size()) {
      const ssize_t bytes = recv(socket, buffer, sizeof buffer, 0);
      if (bytes <= 0) return;
      WriteAll(socket, {buffer, static_cast<std::size_t>(bytes)});
      echoed += static_cast<std::size_t>(bytes);
    }
  });
  TestClient t;
  const Exchange e = t.Get(server.Url("/"), 20, "POST", body);
  EXPECT_EQ(e.outcome, Outcome::kResponse) << e.failure.text;
  EXPECT_EQ(e.body.size(), body.size());
}

TEST(HttpClient, TakesAnAnswerThatCutsTheUploadShort) {
  TestServer server([](int socket, int) {
    ReadUntil(socket);
    WriteAll(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    ReadUntil(socket, "never");
  });
  TestClient t;
  const std::string body(16 << 20, 'b');
  const Exchange e = t.Get(server.Url("/"), 20, "POST", body);
  EXPECT_EQ(e.status, 413);
  EXPECT_EQ(t.client.idle(), 0U);
}

TEST(HttpClient, OneByteAtATimeIsAnAnswerToo) {
  TestServer server([](int socket, int) {
    ReadUntil(socket);
    for (const char c :
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"sv) {
      WriteAll(socket, {&c, 1});
    }
    ReadUntil(socket);
  });
  TestClient t;
  EXPECT_EQ(t.Get(server.Url("/")).body, "a");
  EXPECT_EQ(t.client.idle(), 1U);
}

TEST(HttpClient, CancelEndsWaits) {
  TestServer server([](int socket, int) { ReadUntil(socket, "never"); });
  TestClient t;
  boost::asio::steady_timer timer(t.io, milliseconds(20));
  timer.async_wait([&](const boost::system::error_code&) { t.client.Cancel(); });
  const Exchange e = t.Get(server.Url("/"), 30);
  EXPECT_EQ(e.outcome, Outcome::kCancelled);
  t.parker.SetCancelled();
  EXPECT_EQ(t.Get(server.Url("/"), 30).outcome, Outcome::kCancelled);
}

TEST(HttpClient, RunningOutOfDescriptorsIsTheGeneratorsError) {
  TestServer server(Always(std::string(kOk)));
  TestClient t;
  rlimit old{};
  getrlimit(RLIMIT_NOFILE, &old);
  const int free_descriptor = dup(0);
  close(free_descriptor);
  rlimit tight = old;
  tight.rlim_cur = static_cast<rlim_t>(free_descriptor);
  setrlimit(RLIMIT_NOFILE, &tight);
  const Exchange e = t.Get(server.Url("/"));
  setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_EQ(e.outcome, Outcome::kGeneratorError);
  EXPECT_NE(e.failure.text.find("too many open files"), std::string::npos);
}

TEST(HttpClient, ServesSeveralFibersAtOnce) {
  TestServer server(Always(std::string(kOk)));
  TestClient t;
  std::vector<std::unique_ptr<FiberParker>> fibers;
  const Url url = *ParseUrl(server.Url("/"));
  int answers = 0;
  for (int i = 0; i < 10; ++i) {
    fibers.push_back(std::make_unique<FiberParker>([&](Parker& parker) {
      for (int k = 0; k < 20; ++k) {
        Request request;
        request.url = &url;
        const Exchange e = t.client.Send(request, parker);
        answers += e.body == "ok" ? 1 : 0;
      }
    }));
  }
  RunAll(t.io, fibers);
  EXPECT_EQ(answers, 200);
  EXPECT_LE(server.connections(), 200);
  EXPECT_EQ(t.client.idle(), 6U);
}

TEST(HttpClient, AProxyIsGivenTheWholeUrlAndServesAllHosts) {
  std::string seen;
  TestServer proxy([&](int socket, int) {
    for (std::string head; !(head = ReadUntil(socket)).empty(); WriteAll(socket, kOk)) seen += head;
  });
  const ProxyRules rules = *ProxyRules::Make(
      {"http://me:pw@127.0.0.1:" + std::to_string(proxy.port()), "", "direct.test", false});
  TestClient client;
  client.context.proxies = &rules;
  const Exchange first = client.Get("http://one.test:81/a?b");
  EXPECT_EQ(first.body, "ok") << first.failure.text;
  EXPECT_EQ(first.remote.port, proxy.port());
  EXPECT_EQ(client.Get("http://two.test/").body, "ok");
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_TRUE(seen.starts_with("GET http://one.test:81/a?b HTTP/1.1\r\nHost: one.test:81\r\n"))
      << seen;
  EXPECT_NE(seen.find("GET http://two.test/ HTTP/1.1\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n"), std::string::npos)
      << seen;
  EXPECT_EQ(client.Get("http://direct.test/").failure.code, code::kNoSuchHost);
  EXPECT_EQ(client.Get(proxy.Url("/")).body, "ok") << "loopback is never proxied";
  EXPECT_EQ(proxy.connections(), 2);
  EXPECT_NE(seen.find("GET / HTTP/1.1\r\n"), std::string::npos) << seen;
}

}  // namespace
}  // namespace loadctl::net
