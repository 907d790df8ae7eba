#include "agent/net/http1/http1_parser.h"

#include <gtest/gtest.h>

#include <random>

namespace loadctl::net {
namespace {

struct Parsed {
  Exchange exchange;
  std::string body;
  ResponseReader reader;
  std::size_t taken = 0;
};

bool Append(void* body, std::string_view piece) {
  static_cast<std::string*>(body)->append(piece);
  return true;
}

std::unique_ptr<Parsed> ParseWith(KnownHeads* known, std::string_view bytes, std::size_t step,
                                  std::string_view method, bool finish) {
  auto parsed = std::make_unique<Parsed>();
  parsed->reader.Start(method, parsed->exchange, Append, &parsed->body, known);
  while (parsed->taken < bytes.size() && parsed->reader.state() < ResponseReader::State::kDone) {
    parsed->taken += parsed->reader.Feed(bytes.substr(parsed->taken, step));
  }
  if (finish) parsed->reader.Finish();
  return parsed;
}

void ExpectSame(const Parsed& a, const Parsed& b) {
  EXPECT_EQ(a.exchange.status, b.exchange.status);
  EXPECT_EQ(a.exchange.head, b.exchange.head);
  EXPECT_EQ(a.exchange.head_complete, b.exchange.head_complete);
  ASSERT_EQ(a.exchange.headers.size(), b.exchange.headers.size());
  for (std::size_t i = 0; i < a.exchange.headers.size(); ++i)
    EXPECT_EQ(a.exchange.Value(a.exchange.headers[i]), b.exchange.Value(b.exchange.headers[i]));
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.taken, b.taken);
  EXPECT_EQ(a.reader.state(), b.reader.state());
  EXPECT_EQ(a.reader.keep_alive(), b.reader.keep_alive());
  EXPECT_EQ(a.reader.content_length(), b.reader.content_length());
}

/// Feeds `bytes` in pieces of `step`, then the end of the stream. Heads that are known, from this
/// text or from those before, must make no difference.
std::unique_ptr<Parsed> Parse(std::string_view bytes, std::size_t step = 1 << 20,
                              std::string_view method = "GET", bool finish = true) {
  static KnownHeads known;
  auto parsed = ParseWith(nullptr, bytes, step, method, finish);
  for (int round = 0; round < 2; ++round)
    ExpectSame(*ParseWith(&known, bytes, step, method, finish), *parsed);
  return parsed;
}

std::string ErrorOf(std::string_view bytes) {
  const auto parsed = Parse(bytes);
  return parsed->reader.state() == ResponseReader::State::kFailed ? parsed->reader.failure().text
                                                                  : "ok: " + parsed->body;
}

TEST(ResponseReader, GivesTheSameForEveryCut) {
  const std::string text =
      "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
      "X-Long: a\r\n  b\r\n\tc\r\nTrailer: T\r\n\r\n"
      "3;ext=1\r\nabc\r\n1\r\nd\r\n0\r\nT: v\r\n\r\nHTTP/1.1 next";
  for (std::size_t step = 1; step < 40; ++step) {
    const auto parsed = Parse(text, step);
    ASSERT_EQ(parsed->reader.state(), ResponseReader::State::kDone) << step;
    EXPECT_EQ(parsed->body, "abcd");
    EXPECT_EQ(parsed->exchange.status, 200);
    EXPECT_EQ(parsed->exchange.Header("x-long"), "a b c");
    EXPECT_EQ(parsed->exchange.headers.size(), 1U);
    EXPECT_EQ(text.substr(parsed->taken), "HTTP/1.1 next");
    EXPECT_TRUE(parsed->reader.keep_alive());
  }
}

TEST(ResponseReader, FramesBodiesByRfc9112) {
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcX")->body, "abc");
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\n\r\nuntil close")->body, "until close");
  EXPECT_FALSE(Parse("HTTP/1.1 200 OK\r\n\r\n")->reader.keep_alive());
  EXPECT_EQ(Parse("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc")->body, "");
  EXPECT_EQ(Parse("HTTP/1.1 304 X\r\n\r\nabc")->taken, 18U);
  const auto head = Parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 99, "HEAD");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->exchange.Header("Content-Length"), "3");
  // Chunked wins over a length, which is hidden as Go hides it.
  const auto both =
      Parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(both->reader.state(), ResponseReader::State::kDone);
  EXPECT_TRUE(both->exchange.headers.empty());
  // HTTP/1.0 knows no chunks.
  EXPECT_EQ(Parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx")->body, "x");
}

TEST(KnownHeads, AreToldApartByTheWordAndByTheMethod) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  KnownHeads known;
  ParseWith(&known, text + "abc", 99, "GET", true);
  ASSERT_NE(known.Find(text + "xyz", false), nullptr);
  EXPECT_EQ(known.Find(text + "xyz", false)->facts.length, 3U);
  EXPECT_EQ(known.Find(text, true), nullptr);
  EXPECT_EQ(known.Find(text.substr(0, text.size() - 1), false), nullptr);
  EXPECT_EQ(known.Find("HTTP/1.1 200 ok\r\nContent-Length: 3\r\n\r\n", false), nullptr);
  // The oldest makes room.
  for (int status = 300; status < 304; ++status)
    ParseWith(&known, "HTTP/1.1 " + std::to_string(status) + "\r\n\r\n", 99, "GET", true);
  EXPECT_EQ(known.Find(text, false), nullptr);
  EXPECT_NE(known.Find("HTTP/1.1 300\r\n\r\n", false), nullptr);
}

TEST(ResponseReader, KeepsAliveAsGo) {
  const auto keeps = [](std::string_view head) {
    return Parse(std::string(head) + "Content-Length: 0\r\n\r\n")->reader.keep_alive();
  };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: Foo, CLOSE\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"));
}

TEST(ResponseReader, FailsInGosWords) {
  // Where marked *, the text is k6 2.2's own output.
  EXPECT_EQ(ErrorOf(""), "EOF");
  EXPECT_EQ(ErrorOf("rubbish\r\n\r\n"), "malformed HTTP response \"rubbish\"");  // *
  EXPECT_EQ(ErrorOf("rubbish"), "malformed HTTP response \"rubbish\"");
  EXPECT_EQ(ErrorOf("\r\n\r\n"), "malformed HTTP response \"\"");
  EXPECT_EQ(ErrorOf(std::string(1000, 'x')),
            "malformed HTTP response \"" + std::string(256, 'x') + "\"...");
  EXPECT_EQ(ErrorOf("HTTP/1.1 2x0 OK\r\n\r\n"), "malformed HTTP status code \"2x0\"");
  EXPECT_EQ(ErrorOf("HTTP/x 200 OK\r\n\r\n"), "malformed HTTP version \"HTTP/x\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 O"), "unexpected EOF");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 5"), "unexpected EOF");
  // A last line without an end is read, too, as by Go.
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Le"),
            "malformed MIME header: missing colon: \"Content-Le\"");
  EXPECT_EQ(ErrorOf("220 smtp.example ready\r\n"), "malformed HTTP status code \"smtp.example\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200\r\nnocolon\r\n\r\n"),
            "malformed MIME header: missing colon: \"nocolon\"");  // *
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\n a: b\r\n\r\n"),
            "malformed MIME header initial line: \" a: b\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\na(b: c\r\n\r\n"), "malformed MIME header line: \"a(b: c\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n"),
            "bad Content-Length \"abc\"");  // *
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "bad Content-Length \"-1\"");
  EXPECT_EQ(
      ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
      "http: message cannot contain multiple Content-Length headers; got [\"1\" \"2\"]");  // *
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            "unsupported transfer encoding: \"gzip\"");                                     // *
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), "unexpected EOF");  // *
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(ErrorOf(chunked + "zz\r\n"), "invalid byte in chunk length");  // *
  EXPECT_EQ(ErrorOf(chunked + "\r\n"), "empty hex number for chunk length");
  EXPECT_EQ(ErrorOf(chunked + "11111111111111111\r\n"), "http chunk length too large");
  EXPECT_EQ(ErrorOf(chunked + "1\r\nabc"), "malformed chunked encoding");
  EXPECT_EQ(ErrorOf(chunked + "1\n"), "chunked line ends with bare LF");
  EXPECT_EQ(ErrorOf(chunked + "5\r\nab"), "unexpected EOF");
  EXPECT_EQ(ErrorOf(chunked + std::string(5000, '1')), "header line too long");
}

TEST(ResponseReader, BoundsHeads) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  head.append(kMaxHeadBytes, 'x');
  EXPECT_EQ(ErrorOf(head), "net/http: server response headers exceeded 10485760 bytes; aborted");
  std::string interim;
  while (interim.size() <= kMaxHeadBytes) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_EQ(ErrorOf(interim), "net/http: server response headers exceeded 10485760 bytes; aborted");
}

TEST(ResponseReader, FoldsManyLinesInLinearTime) {
  std::string head = "HTTP/1.1 200 OK\r\nA: b";
  for (int i = 0; i < 1'000'000; ++i) head += "\r\n c";
  const auto parsed = Parse(head + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(parsed->reader.state(), ResponseReader::State::kDone);
  EXPECT_EQ(parsed->exchange.Header("A").size(), 1U + 2'000'000U);
}

TEST(ResponseReader, RefusesChunksThatAreMostlyOverhead) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) text += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
  EXPECT_EQ(ErrorOf(text), "chunked encoding contains too much non-data");
  std::string fair = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100'000; ++i) fair += "1\r\nx\r\n";
  EXPECT_EQ(Parse(fair + "0\r\n\r\n")->body.size(), 100'000U);
}

TEST(ChunkedDecoder, UndoesAnyChunking) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string body(random() % 5000, '\0');
    for (char& c : body) c = static_cast<char>(random());
    std::string wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 700, body.size() - at);
      char line[16];
      std::snprintf(line, sizeof line, "%zx\r\n", size);
      wire += line + body.substr(at, size) + "\r\n";
      at += size;
    }
    wire += "0\r\n\r\n";
    const auto parsed = Parse(wire, 1 + random() % 300);
    ASSERT_EQ(parsed->reader.state(), ResponseReader::State::kDone) << "seed " << seed;
    ASSERT_EQ(parsed->body, body) << "seed " << seed;
  }
}

TEST(Exchange, ShowsStatusAsK6) {
  const auto parsed = Parse("HTTP/1.1 404 Not Found\r\nA: 1\r\nContent-Length: 0\r\n\r\n");
  parsed->exchange.outcome = Outcome::kResponse;
  EXPECT_EQ(parsed->exchange.Protocol(), "HTTP/1.1");
  EXPECT_EQ(parsed->exchange.StatusText(), "404 Not Found");
  EXPECT_EQ(parsed->exchange.ErrorCode(), 1404);
}

std::string HeadOf(std::string_view wire) {
  const auto parsed = Parse(std::string(wire));
  parsed->exchange.outcome = Outcome::kResponse;
  std::string head;
  parsed->exchange.AppendHead(head);
  return head;
}

TEST(Exchange, GivesItsHeadAsItems) {
  EXPECT_EQ(HeadOf("HTTP/1.1 200 OK\r\nx-a: 1\r\nSET-COOKIE: a=b\r\nContent-Length: 0\r\n\r\n"),
            "HTTP/1.1\n200 OK\nX-A\n1\nSet-Cookie\na=b\nContent-Length\n0\n");
  // Go's client takes out what concerns the transfer, and adds what Pragma means.
  EXPECT_EQ(HeadOf("HTTP/1.0 204 \r\nPragma: no-cache\r\nConnection: close\r\n\r\n"),
            "HTTP/1.0\n204 \nPragma\nno-cache\nConnection\nclose\nCache-Control\nno-cache\n");
  EXPECT_EQ(HeadOf("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1\n204 No Content\n");
}

TEST(ResponseReader, TakesWhatGoTakes) {
  // A name with spaces is a name of its own, in no canonical form.
  EXPECT_EQ(HeadOf("HTTP/1.1 204 No Content\r\nx-a : 1\r\nx b c: 2\r\nContent-Length : 99\r\n\r\n"),
            "HTTP/1.1\n204 No Content\nx-a \n1\nx b c\n2\nContent-Length \n99\n");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nX-A\t: 1\r\n\r\n"),
            "malformed MIME header line: \"X-A\\t: 1\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\n: 1\r\n\r\n"), "malformed MIME header line: \": 1\"");
  // A line needs its own colon, also if it is continued.
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nabc\r\n d: e\r\n\r\n"),
            "malformed MIME header: missing colon: \"abc\"");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nabc\r\n d: e\r\n\r\n"),
            "malformed MIME header: missing colon: \"abc\"");
}

}  // namespace
}  // namespace loadctl::net
