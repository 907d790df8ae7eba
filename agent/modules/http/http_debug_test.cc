#include "agent/modules/http/http_debug.h"

#include <gtest/gtest.h>

namespace loadctl::modules::http {
namespace {

TEST(HttpDebug, ARequestIsShownAsItIsSent) {
  const net::Url url = *net::ParseUrl("https://h/p?q");
  net::HeaderList headers;
  headers.Set("x-one", "1");
  net::Exchange exchange;
  const net::Hop hop{"PUT", url, headers, "bo\xff\r\ndy", true, exchange};
  EXPECT_EQ(ShownRequest(hop, "me", false, false),
            "PUT /p?q HTTP/1.1\nHost: h\nUser-Agent: me\nContent-Length: 7\nX-One: 1\n\n");
  EXPECT_EQ(ShownRequest(hop, "", true, true),
            "PUT /p?q HTTP/1.1\nHost: h\nContent-Length: 7\nX-One: 1\nConnection: close\n\n"
            "bo\xef\xbf\xbd\r\ndy");
  const net::Hop empty{"PUT", url, headers, "", true, exchange};
  EXPECT_TRUE(ShownRequest(empty, "", false, true).ends_with("X-One: 1\n\n"));
}

TEST(HttpDebug, AnAnswerHasItsLengthFirst) {
  net::Exchange exchange;
  exchange.outcome = net::Outcome::kResponse;
  exchange.status = 200;
  exchange.head = "HTTP/1.1 200 Fine\r\nb: 2\r\na: 1\r\ncontent-length: 3\r\nb: 1\r\n\r\n";
  exchange.body = std::string(64 * 1024, 'x') + "yes";
  for (std::uint32_t at = 19; exchange.head[at] != '\r';) {
    const auto colon = static_cast<std::uint32_t>(exchange.head.find(':', at));
    const auto end = static_cast<std::uint32_t>(exchange.head.find('\r', at));
    exchange.headers.push_back({at, colon - at, colon + 2, end - colon - 2});
    at = end + 2;
  }
  const std::string head = "HTTP/1.1 200 Fine\nContent-Length: 3\nA: 1\nB: 2\nB: 1\n\n";
  EXPECT_EQ(ShownResponse(exchange, false), head);
  EXPECT_EQ(ShownResponse(exchange, true),
            head + std::string(64 * 1024, 'x') + "... (3 bytes more)");
}

}  // namespace
}  // namespace loadctl::modules::http
