#include "controller/terminal/loki.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace loadctl::terminal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

text::LogRecord Record(std::string message, std::int64_t ns = 1'700'000'000'000'000'001) {
  text::LogRecord record;
  record.time = std::chrono::system_clock::time_point(std::chrono::nanoseconds(ns));
  record.level = text::LogLevel::kWarning;
  record.message = std::move(message);
  record.fields = {{"source", "console"}, {"vu", "3"}};
  return record;
}

TEST(Loki, ReadsK6sSettings) {
  const auto usual = ParseLoki("loki");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->url, "http://127.0.0.1:3100/loki/api/v1/push");
  const auto all = ParseLoki(
      "loki=http://h/push,label.app=shop,header.X-Scope=t 1,pushPeriod=5m30s,limit=7,msgMaxSize=9,"
      "level=info,allowedLabels=[a,b],profile=true");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->url, "http://h/push");
  EXPECT_THAT(all->labels, ElementsAre(Pair("app", "shop")));
  EXPECT_THAT(all->headers, ElementsAre(Pair("X-Scope", "t 1")));
  EXPECT_EQ(all->period, std::chrono::seconds(330));
  EXPECT_EQ(all->limit, 7u);
  EXPECT_EQ(all->message_size, 9u);
  EXPECT_EQ(all->lowest, text::LogLevel::kInfo);
  EXPECT_THAT(*all->allowed_labels, ElementsAre("a", "b"));
}

TEST(Loki, RefusesWhatK6Refuses) {
  const auto error = [](const char* text) { return ParseLoki(text).error().message; };
  EXPECT_EQ(error("lokix=a"),
            "loki configuration should be in the form `loki=url-to-push` but is `lokix=a`");
  EXPECT_EQ(error("loki=a,color=red"), "unknown loki config key color");
  EXPECT_EQ(error("loki=a,limit=0"), "loki limit needs to be a positive number, is 0");
  EXPECT_THAT(error("loki=a,limit=x"), HasSubstr("couldn't parse the loki limit as a number"));
  EXPECT_THAT(error("loki=a,limit=999999999"), HasSubstr("up to 100000"));
  EXPECT_THAT(error("loki=a,pushPeriod=x"), HasSubstr("couldn't parse the loki pushPeriod"));
  EXPECT_THAT(error("loki=a,pushPeriod=0s"), HasSubstr("must be positive"));
  EXPECT_THAT(error("loki=a,level=loud"), HasSubstr("unknown log level loud"));
  EXPECT_THAT(error("loki=a,limit"), HasSubstr("key `limit` with no value"));
  EXPECT_THAT(error("loki="), HasSubstr("with no value"));
  EXPECT_THAT(error("loki=a,allowedLabels=[a"), HasSubstr("didn't end"));
  EXPECT_THAT(error("loki=a,allowedLabels=[a]b"), HasSubstr("there was no ','"));
  EXPECT_THAT(error("loki=a,header.X=a\r\nB: c"), HasSubstr("no name with a value"));
}

TEST(Loki, SendsAStreamForEachSetOfLabels) {
  LokiOptions options;
  options.labels = {{"app", "shop"}};
  options.allowed_labels = {"app", "level", "odd.name"};
  text::LogRecord odd = Record("b\n\"\xff", 1);
  odd.fields = {{"odd.name", "1"}};
  const std::vector<LokiLine> lines = {MakeLokiLine(Record("a"), options),
                                       MakeLokiLine(odd, options)};
  EXPECT_EQ(LokiBody(lines, options),
            R"({"streams":[{"stream":{"app":"shop","level":"warning"},)"
            R"("values":[["1700000000000000001","a source=console vu=3"]]},)"
            R"({"stream":{"app":"shop","level":"warning","odd_name":"1"},)"
            R"("values":[["1","b\n\"\ufffd"]]}]})");
}

TEST(Loki, LongMessagesLoseTheirMiddle) {
  LokiOptions options;
  options.message_size = 4;
  EXPECT_EQ(MakeLokiLine(Record("äöüß"), options).message, "äöüß");
  EXPECT_EQ(MakeLokiLine(Record("äöüßäöü"), options).message, "äö... omitting 3 characters ...öü");
  options.message_size = 1;
  EXPECT_EQ(MakeLokiLine(Record("abc"), options).message, "... omitting 2 characters ...");
}

/// What was posted and said, and whether Loki is there.
struct World {
  Loki::Post Posting() {
    return [this](const std::string& body) {
      const std::lock_guard lock(mutex);
      if (!there) return std::string("connection refused");
      bodies += body + "\n";
      return std::string();
    };
  }
  Loki::Say Saying() {
    return [this](const std::string& text) {
      const std::lock_guard lock(mutex);
      said.push_back(text);
    };
  }
  std::mutex mutex;
  bool there = true;
  std::string bodies;
  std::vector<std::string> said;
};

TEST(Loki, DropsWhatIsBeyondTheLimitAndSaysSo) {
  World world;
  LokiOptions options;
  options.limit = 2;
  options.period = std::chrono::hours(1);
  {
    Loki loki(options, world.Posting(), world.Saying());
    for (const char* text : {"one", "two", "three", "four"}) loki.Add(Record(text));
  }
  EXPECT_THAT(world.bodies, HasSubstr("\"two\""));
  EXPECT_THAT(world.bodies, HasSubstr("loadctl dropped 2 log messages because they were above the "
                                      "limit of 2 messages / 1h0m0s"));
  EXPECT_THAT(world.said, ElementsAre());
}

TEST(Loki, SaysWhatDidNotArrive) {
  World world;
  world.there = false;
  LokiOptions options;
  options.period = std::chrono::hours(1);
  {
    Loki loki(options, world.Posting(), world.Saying());
    loki.Add(Record("one"));
  }
  EXPECT_THAT(world.said,
              ElementsAre("Error while sending logs to loki: connection refused",
                          AllOf(StartsWith("1 log line did not reach Loki at " + options.url +
                                           ", among them:\ntime=\"20"),
                                EndsWith("\" level=warning msg=one source=console vu=3"))));
}

TEST(Loki, OfWhatDidNotArriveTheFirstProblemsAreShown) {
  World world;
  world.there = false;
  LokiOptions options;
  options.period = std::chrono::hours(1);
  {
    Loki loki(options, world.Posting(), world.Saying());
    auto info = Record("said");
    info.level = text::LogLevel::kInfo;
    loki.Add(info);
    loki.Add(Record("first \x1b[31m"));
    for (int i = 0; i < 21; ++i) loki.Add(Record(std::string(100'000, 'x')));
  }
  ASSERT_EQ(world.said.size(), 2u);
  EXPECT_THAT(world.said[1], StartsWith("23 log lines did not reach Loki at "));
  EXPECT_THAT(world.said[1], HasSubstr("msg=\"first \\x1b[31m\""));
  EXPECT_THAT(world.said[1], Not(HasSubstr("said")));
  EXPECT_THAT(world.said[1], EndsWith("\nand 2 more of level warning or error"));
  EXPECT_LT(world.said[1].size(), 100'000u);
}

}  // namespace
}  // namespace loadctl::terminal
