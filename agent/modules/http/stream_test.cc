// http.stream: answers that are read while they come in.
#include <gmock/gmock.h>

#include "agent/modules/http/http_test_world.h"

namespace loadctl::modules::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Chunked(const std::vector<std::string>& pieces, std::string_view type) {
  std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: " + std::string(type) +
      "\r\n\r\n";
  for (const std::string& piece : pieces) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    answer += size + piece + "\r\n";
  }
  return answer + "0\r\n\r\n";
}

std::string Script(const TestServer& server, std::string_view body) {
  return "import http from 'k6/http'; const url = '" + server.url() +
         "'; export default function () { " + std::string(body) + " }";
}

TEST(HttpStream, GivesEventsAndThenTheResponse) {
  TestServer server([](const TestServer::Request&) {
    return Chunked({"data: a\nid: 1\n\nda", "ta: b\nevent: end\nretry: 5\n\n"},
                   "text/event-stream");
  });
  World world(Script(server, R"(
    const stream = http.stream('GET', url);
    let times = 0;
    for (const { event, data, id, retry, time } of stream.events()) {
      if (!(time >= times)) throw new Error('time ' + time);
      times = time;
      console.log(event, data, id, retry);
    }
    const res = stream.close();
    console.log(stream.status, stream.headers['Content-Type'], res.status, res.body, res.error,
      stream.readEvent(), stream.read(), times > 0);)"),
              {"http_reqs{status:200}", "http_req_failed{expected_response:true}"});
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log, ElementsAre("message a 1 undefined", "end b 1 5",
                                     "200 text/event-stream 200 null  null null true"));
  EXPECT_EQ(world.Count(0), 1);
  EXPECT_EQ(world.Count(1), 1);
}

TEST(HttpStream, GivesPiecesAsTheyCame) {
  TestServer server([](const TestServer::Request& request) {
    return TestServer::Answer("200 OK", request.body);
  });
  World world(Script(server, R"(
    let size = 0;
    for (const { data } of http.stream('POST', url, 'x'.repeat(100000)).chunks()) size += data.byteLength;
    console.log(size);)"));
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log, ElementsAre("100000"));
}

TEST(HttpStream, ThatIsLeftCountsAsAnAnswer) {
  std::atomic<int> asked{0};
  TestServer server([&](const TestServer::Request&) {
    ++asked;
    // More is announced than comes.
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ndata: 1\n\n");
  });
  World world(Script(server, R"(
    const stream = http.stream('GET', url);
    for (const { data } of stream.events()) { console.log(data); break; }
    console.log(stream.close().status, stream.close() === stream.close(), stream.readEvent());)"),
              {"http_reqs{status:200}"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log,
              ElementsAre("1", "200 true null", "1", "200 true null", "1", "200 true null"));
  EXPECT_EQ(world.Count(0), 3);
  EXPECT_EQ(server.connections(), 3) << "a connection with an unread answer is not used again";
}

TEST(HttpStream, FailsAsAnyRequest) {
  World world(R"(import http from 'k6/http'; export default function () {
    const stream = http.stream('GET', 'http://127.0.0.1:1/');
    console.log(stream.status, Object.keys(stream.headers).length, stream.read(), stream.close().error_code);
    try { http.stream('GET', 'http://[::1'); } catch (error) { console.log(error.message); }
    try { http.stream('GET', 'http://h/', new Map()); } catch (error) { console.log(error.message); }
  })");
  EXPECT_EQ(world.Iterate().error, "");
  ASSERT_EQ(world.log.size(), 4u);
  EXPECT_THAT(world.log[0], HasSubstr("connection refused"));
  EXPECT_EQ(world.log[1], "0 0 null 1212");
  EXPECT_THAT(world.log[2], HasSubstr("invalid URL"));
  EXPECT_THAT(world.log[3], HasSubstr("unknown request body type"));
}

TEST(HttpStream, WhatIsCodedHasNoEvents) {
  TestServer server([](const TestServer::Request&) {
    return TestServer::Answer("200 OK", "xyz", "Content-Encoding: gzip\r\n");
  });
  World world(Script(server, R"(
    const stream = http.stream('GET', url);
    try { stream.readEvent(); } catch (error) { console.log(error.message); }
    console.log(stream.read().data.byteLength, stream.close().error);)"));
  EXPECT_EQ(world.Iterate().error, "");
  ASSERT_EQ(world.log.size(), 2u);
  EXPECT_THAT(world.log[0], HasSubstr("that is coded (gzip)"));
  EXPECT_EQ(world.log[1], "3 ");
}

TEST(HttpStream, ThatNobodyClosesEndsWithTheIteration) {
  TestServer server(
      [](const TestServer::Request&) { return TestServer::Answer("200 OK", "body"); });
  World world(Script(server, "http.stream('GET', url);"), {"http_reqs{status:200}"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.Iterate().error, "");
  EXPECT_EQ(world.Count(0), 3);
}

TEST(HttpFile, IsSentFromWhereItsPositionIs) {
  std::mutex mutex;  // the batch's requests come on two connections, and so on two threads
  std::string seen;
  TestServer server([&](const TestServer::Request& request) {
    const std::lock_guard lock(mutex);
    seen += request.body + '|';
    return TestServer::Answer("200 OK", "ok");
  });
  World world(
      "import http from 'k6/http'; import { open } from 'k6/experimental/fs'; const url = '" +
      server.url() + R"('; let file; (async () => { file = await open('test.js'); })();
    export default async function () {
      const size = (await file.stat()).size;
      console.log(http.post(url, file).status, http.request('PUT', url, file).request.body);
      await file.seek(size - 4, 0);
      http.batch([['POST', url, file], ['POST', url, 'text']]);
    } //end)");
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log, ElementsAre("200 "));
  EXPECT_EQ(seen.substr(0, world.text.size() + 1), world.text + '|');
  EXPECT_THAT(seen, HasSubstr("/end|"));
  EXPECT_THAT(seen, HasSubstr("text|"));
}

}  // namespace
}  // namespace loadctl::modules::http
