#include "controller/terminal/console_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace loadctl::terminal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConsoleLimiterTest : public ::testing::Test {
 protected:
  ConsoleLimiter Make(ConsoleLimits limits = {}) {
    return {limits, [this](LogLevel, const std::string& message, const LogFields& fields) {
              std::string line = message;
              for (const auto& [key, value] : fields) line += " " + key + "=" + value;
              lines_.push_back(line);
            }};
  }
  static AgentLine Console(std::string message, int agent = 1) {
    return {agent, LogLevel::kInfo, std::move(message), {{"source", "console"}}};
  }
  static AgentLine Exception(std::string message, int agent = 1) {
    return {agent, LogLevel::kError, std::move(message), {{"source", "stacktrace"}}};
  }

  std::vector<std::string> lines_;
  const ConsoleLimiter::TimePoint start_{};
};

TEST_F(ConsoleLimiterTest, ShowsConsoleLinesAsTheyCome) {
  ConsoleLimiter limiter = Make();
  limiter.Add(Console("hello"), start_);
  limiter.Add(Console("hello"), start_);
  limiter.Finish();
  EXPECT_THAT(lines_, ElementsAre("hello source=console", "hello source=console"));
}

TEST_F(ConsoleLimiterTest, NamesTheAgentIfThereAreSeveral) {
  ConsoleLimits limits;
  limits.agents = 3;
  ConsoleLimiter limiter = Make(limits);
  limiter.Add(Console("hello", 2), start_);
  EXPECT_THAT(lines_, ElementsAre("hello source=console agent=2"));
}

TEST_F(ConsoleLimiterTest, ShowsTheSameExceptionOnceWithACount) {
  ConsoleLimits limits;
  limits.agents = 2;
  ConsoleLimiter limiter = Make(limits);
  for (int i = 0; i < 58; ++i) {
    limiter.Add(Exception("Error: oops!\n\tat default (x)\n", 1 + i % 2), start_ + seconds(i));
  }
  limiter.Add(Exception("Error: other"), start_ + seconds(60));
  limiter.Finish();
  limiter.Finish();
  EXPECT_THAT(lines_, ElementsAre("Error: oops!\n\tat default (x)\n source=stacktrace agent=1",
                                  "Error: other source=stacktrace agent=1",
                                  "Error: oops! ... repeated 57 times source=stacktrace"));
}

TEST_F(ConsoleLimiterTest, GroupsExceptionsByTheirPlace) {
  ConsoleLimiter limiter = Make();
  for (int i = 0; i < 4; ++i)
    limiter.Add(Exception("Error: took " + std::to_string(i) + " ms\n\tat f (a.js:1)\n"), start_);
  limiter.Add(Exception("Error: took 1 ms\n\tat g (a.js:2)\n"), start_);
  limiter.Add(Exception("TypeError: took 1 ms\n\tat f (a.js:1)\n"), start_);
  limiter.Finish();
  EXPECT_THAT(lines_,
              ElementsAre("Error: took 0 ms\n\tat f (a.js:1)\n source=stacktrace",
                          "Error: took 1 ms\n\tat g (a.js:2)\n source=stacktrace",
                          "TypeError: took 1 ms\n\tat f (a.js:1)\n source=stacktrace",
                          "Error: took 0 ms ... repeated 3 times at the same place, with other "
                          "texts too source=stacktrace"));
}

TEST_F(ConsoleLimiterTest, TellsRepeatsWhileTheRunGoesOn) {
  ConsoleLimiter limiter = Make();
  limiter.Add(Exception("a"), start_);
  limiter.Add(Exception("a"), start_ + seconds(1));
  limiter.Tick(start_ + seconds(9));
  EXPECT_EQ(lines_.size(), 1u);
  limiter.Tick(start_ + seconds(10));
  limiter.Tick(start_ + seconds(11));
  limiter.Add(Exception("a"), start_ + seconds(12));
  limiter.Add(Exception("a"), start_ + seconds(12));
  limiter.Tick(start_ + seconds(19));
  limiter.Tick(start_ + seconds(20));
  EXPECT_THAT(lines_, ElementsAre("a source=stacktrace", "a ... repeated 1 time source=stacktrace",
                                  "a ... repeated 2 times source=stacktrace"));
}

TEST_F(ConsoleLimiterTest, GroupsUnhandledRejections) {
  ConsoleLimiter limiter = Make();
  const AgentLine line{1, LogLevel::kError, "Uncaught (in promise) Error: x", {}};
  limiter.Add(line, start_);
  limiter.Add(line, start_);
  limiter.Finish();
  EXPECT_THAT(lines_, ElementsAre("Uncaught (in promise) Error: x",
                                  "Uncaught (in promise) Error: x ... repeated 1 time "
                                  "source=stacktrace"));
}

TEST_F(ConsoleLimiterTest, CutsFloodsAndCountsWhatItDrops) {
  ConsoleLimits limits;
  limits.burst = 10;
  limits.lines_per_second = 2;
  ConsoleLimiter limiter = Make(limits);
  for (int i = 0; i < 100; ++i) limiter.Add(Console("x"), start_);
  EXPECT_EQ(lines_.size(), 10u);
  limiter.Add(Console("x"), start_ + milliseconds(499));
  limiter.Add(Console("x"), start_ + milliseconds(501));
  EXPECT_EQ(lines_.size(), 11u);
  limiter.Tick(start_ + seconds(9));
  EXPECT_EQ(lines_.size(), 11u);
  limiter.Tick(start_ + seconds(10));
  EXPECT_EQ(lines_.back(), "91 lines of the script's output were suppressed");
  limiter.Finish();
  EXPECT_EQ(lines_.size(), 12u);
}

TEST_F(ConsoleLimiterTest, LetsNoFloodHideAnException) {
  ConsoleLimits limits;
  limits.burst = 1;
  ConsoleLimiter limiter = Make(limits);
  for (int i = 0; i < 10; ++i) limiter.Add(Console("x"), start_);
  limiter.Add(Exception("Error: oops!"), start_);
  EXPECT_THAT(lines_, ElementsAre("x source=console", "Error: oops! source=stacktrace"));
}

TEST_F(ConsoleLimiterTest, RemembersOnlySoManyExceptions) {
  ConsoleLimits limits;
  limits.max_groups = 2;
  ConsoleLimiter limiter = Make(limits);
  for (int i = 0; i < 6; ++i) limiter.Add(Exception(std::to_string(i % 3)), start_);
  EXPECT_EQ(limiter.shown(), 4);
  EXPECT_EQ(limiter.repeats(), 2);
}

TEST_F(ConsoleLimiterTest, LosesNoLineFromItsCounts) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    ConsoleLimits limits;
    limits.burst = 1 + random() % 50;
    limits.lines_per_second = random() % 200;
    limits.max_groups = random() % 10;
    ConsoleLimiter limiter = Make(limits);
    lines_.clear();
    auto now = start_;
    const int added = static_cast<int>(random() % 500);
    for (int i = 0; i < added; ++i) {
      now += milliseconds(random() % 30);
      const std::string text = std::to_string(random() % 20);
      limiter.Add(random() % 2 == 0 ? Console(text) : Exception(text), now);
    }
    EXPECT_EQ(limiter.shown() + limiter.repeats() + limiter.suppressed(), added);
    EXPECT_EQ(static_cast<std::int64_t>(lines_.size()), limiter.shown());
    limiter.Finish();
    lines_.clear();
    limiter.Finish();
    EXPECT_THAT(lines_, IsEmpty());
  }
}

}  // namespace
}  // namespace loadctl::terminal
