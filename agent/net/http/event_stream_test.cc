#include "agent/net/http/event_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::net {
namespace {

/// `type|data|id` of each event, the text given in pieces of `size`.
std::vector<std::string> Read(std::string_view text, std::size_t size) {
  EventStreamReader reader;
  std::vector<std::string> events;
  ServerEvent event;
  for (std::size_t at = 0; at < text.size(); at += size) {
    for (std::string_view piece = text.substr(at, size); !piece.empty();) {
      const auto taken = reader.Take(piece, event);
      piece.remove_prefix(taken.bytes);
      if (taken.event)
        events.push_back(event.type + '|' + event.data + '|' + event.id +
                         (event.retry ? '|' + std::to_string(*event.retry) : ""));
    }
  }
  return events;
}

void ExpectEvents(std::string_view text, const std::vector<std::string>& events) {
  for (const std::size_t size : {1u, 2u, 3u, 7u, 1000u})
    EXPECT_EQ(Read(text, size), events) << size;
}

// The examples of the standard, and what it says of odd ones.
TEST(EventStream, ReadsWhatTheStandardShows) {
  ExpectEvents("data: YHOO\ndata: +2\ndata: 10\n\n", {"message|YHOO\n+2\n10|"});
  ExpectEvents(
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third "
      "event\n\n",
      {"message|first event|1", "message|second event|", "message| third event|"});
  ExpectEvents("data\n\ndata\ndata\n\ndata:", {"message||", "message|\n|"});
  ExpectEvents("data:test\n\ndata: test\n\n", {"message|test|", "message|test|"});
}

TEST(EventStream, TakesEachEndOfALine) {
  ExpectEvents("data: a\r\n\r\ndata: b\r\rdata: c\n\n", {"message|a|", "message|b|", "message|c|"});
  ExpectEvents("event: add\rdata: 1\r\n\n", {"add|1|"});
}

TEST(EventStream, PassesOverWhatIsNone) {
  ExpectEvents(
      "\xef\xbb\xbf"
      "data: marked\n\n",
      {"message|marked|"});
  ExpectEvents("event: lost\n\ndata: x\n\n", {"message|x|"});
  ExpectEvents("id: 7\n\ndata: x\n\n", {"message|x|7"});
  ExpectEvents("retry: 250\ndata: x\n\nretry: 2s\ndata: y\n\n", {"message|x||250", "message|y|"});
  ExpectEvents("unknown: 1\n data: 2\ndata: 3\n\n", {"message|3|"});
  ExpectEvents("data: cut off\n", {});
}

TEST(EventStream, HasABound) {
  EventStreamReader reader;
  ServerEvent event;
  const std::string piece(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 16; ++i) (void)reader.Take(piece, event);
  EXPECT_FALSE(reader.too_large());
  (void)reader.Take("x", event);
  EXPECT_TRUE(reader.too_large());
  EXPECT_FALSE(reader.Take("\n\ndata: 1\n\n", event).event);
}

}  // namespace
}  // namespace loadctl::net
