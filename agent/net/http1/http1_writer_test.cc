#include "agent/net/http1/http1_writer.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

/// The head for a request to http://h:1/p, as k6 2.2 was seen to send it.
std::string Head(std::string_view method, const HeaderList& headers, std::string_view body = {},
                 bool has_body = false, bool close = false) {
  const Url url = *ParseUrl("http://h:1/p");
  Request request;
  request.method = method;
  request.url = &url;
  request.headers = &headers;
  request.user_agent = "k6";
  request.body = body;
  request.has_body = has_body;
  std::string out;
  WriteRequestHead(request, {close}, out);
  return out;
}

TEST(RequestWriter, AnnouncesBodiesAsK6) {
  const std::string start = " /p HTTP/1.1\r\nHost: h:1\r\nUser-Agent: k6\r\n";
  EXPECT_EQ(Head("POST", {}, "", true),
            "POST" + start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(Head("POST", {}), "POST" + start + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(Head("POST", {}, "body", true), "POST" + start + "Content-Length: 4\r\n\r\n");
  EXPECT_EQ(Head("GET", {}, "", true), "GET" + start + "\r\n");
  EXPECT_EQ(Head("DELETE", {}), "DELETE" + start + "\r\n");
}

TEST(RequestWriter, LetsHeadersDecideAsK6) {
  HeaderList headers;
  headers.Add("Connection", "close");
  headers.Add("User-Agent", "");
  EXPECT_EQ(Head("GET", headers, {}, false, true),
            "GET /p HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n");
  HeaderList host;
  host.Add("hOST", "foo.com");
  host.Add("transfer-encoding", "x");
  EXPECT_EQ(Head("GET", host, {}, false, true),
            "GET /p HTTP/1.1\r\nHost: foo.com\r\nUser-Agent: k6\r\nConnection: close\r\n\r\n");
}

TEST(RequestWriter, RefusesWhatGoRefuses) {
  const Url url = *ParseUrl("http://h/");
  HeaderList headers;
  headers.Add("a b", "c");
  Request request;
  request.url = &url;
  request.headers = &headers;
  EXPECT_EQ(CheckRequest(request)->text, "net/http: invalid header field name \"a b\"");
  headers.Clear();
  headers.Add("ab", "c\nd");
  EXPECT_EQ(CheckRequest(request)->text, "net/http: invalid header field value for \"Ab\"");
}

TEST(HeaderList, SortsByCanonicalName) {
  HeaderList headers;
  headers.Add("x-b", "1");
  headers.Add("ACCEPT", "2");
  headers.Add("X-B", "3");
  ASSERT_EQ(headers.fields().size(), 3U);
  EXPECT_EQ(headers.fields()[0].name, "Accept");
  EXPECT_EQ(headers.fields()[1].value, "1");
  EXPECT_EQ(*headers.Find("x-B"), "1");
  headers.Set("X-b", "4");
  EXPECT_EQ(headers.fields().size(), 2U);
}

}  // namespace
}  // namespace loadctl::net
