#include "controller/summary/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "controller/summary/golden_data.h"
#include "controller/summary/humanize.h"

namespace loadctl::summary {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class GoldenText : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenText, IsK6sToTheByte) {
  const GoldenSummary golden = ReadGolden(GetParam());
  const Colors colors = GetParam().ends_with(".color") ? Colors::kYes : Colors::kNo;
  EXPECT_EQ(RenderText(golden.summary, colors), golden.text);
}

INSTANTIATE_TEST_SUITE_P(Scripts, GoldenText, ::testing::ValuesIn(GoldenNames()),
                         [](const auto& golden) {
                           std::string name = golden.param;
                           for (char& c : name) {
                             if (c == '.') c = '_';
                           }
                           return name;
                         });

TEST(GoldenSet, HasAtLeastTwelve) { EXPECT_GE(GoldenNames().size(), 12u); }

Summary WithThreshold() {
  Summary summary;
  summary.trend_stats = {"avg"};
  MetricSummary metric;
  metric.name = "wait";
  metric.type = metrics::MetricType::kTrend;
  metric.contains = metrics::ValueType::kTime;
  metric.values = TrendValues{{{"avg", 12.5}}};
  metric.thresholds = {{"avg<10", "avg", 12.5, false, true}};
  summary.metrics = {metric};
  return summary;
}

TEST(RenderText, BeginsWithTheLostAgent) {
  Summary summary = WithThreshold();
  summary.complete = false;
  summary.agents = 3;
  summary.lost = {{2, std::chrono::milliseconds(12340), ""}};
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              StartsWith("\nINCOMPLETE: agent 2 of 3 lost at 12.3s\n\n  █ THRESHOLDS \n"));
}

TEST(RenderText, NamesEveryCauseOfAnIncompleteRun) {
  Summary summary = WithThreshold();
  summary.complete = false;
  summary.agents = 4;
  summary.lost = {{2, std::chrono::seconds(75), "no heartbeat for 5s"},
                  {4, std::chrono::milliseconds(500), ""}};
  LedgerEntry entry;
  entry.agent = 1;
  entry.balanced = false;
  summary.ledger = {entry};
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              StartsWith("\nINCOMPLETE: agent 2 of 4 lost at 1m15s (no heartbeat for 5s)\n"
                         "INCOMPLETE: agent 4 of 4 lost at 500ms\n"
                         "INCOMPLETE: the ledger of agent 1 of 4 does not balance\n"));
}

TEST(RenderText, ShowsButDoesNotJudgeThresholdsOfAnIncompleteRun) {
  Summary summary = WithThreshold();
  summary.metrics[0].thresholds[0].judged = false;
  const std::string text = RenderText(summary, Colors::kNo);
  EXPECT_THAT(text, HasSubstr("    - 'avg<10' avg=12.5ms (not judged)\n"));
  EXPECT_THAT(text, Not(HasSubstr("✗")));
}

TEST(RenderText, MarksALimitInsideTheErrorOfTheValue) {
  Summary summary = WithThreshold();
  summary.metrics[0].thresholds[0].within_error = true;
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              HasSubstr("'avg<10' avg=12.5ms (the limit is within the value's error of 0.1%)\n"));
  summary.metrics[0].thresholds[0].judged = false;
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("avg=12.5ms (not judged)\n"));
}

TEST(RenderText, ShowsAThresholdsValueThatTheColumnsDoNotHave) {
  Summary summary = WithThreshold();
  summary.metrics[0].thresholds = {{"med>1", "med", 7.25, true, true}};
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("    ✓ 'med>1' med=7.25ms\n"));
}

TEST(RenderText, SurvivesAnEmptySummary) {
  EXPECT_EQ(RenderText(Summary{}, Colors::kNo), "\n\n  █ TOTAL RESULTS \n\n\n\n");
}

TEST(RenderText, KeepsAColumnForATrendWithoutStats) {
  Summary summary = WithThreshold();
  summary.trend_stats = {"avg", "max"};
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("wait...: avg=12.5ms max=0s\n"));
}

TEST(HumanizeBytes, CountsByThousands) {
  EXPECT_EQ(HumanizeBytes(0), "0 B");
  EXPECT_EQ(HumanizeBytes(9.5), "9.5 B");
  EXPECT_EQ(HumanizeBytes(10), "10 B");
  EXPECT_EQ(HumanizeBytes(1000), "1.0 kB");
  EXPECT_EQ(HumanizeBytes(9949), "9.9 kB");
  EXPECT_EQ(HumanizeBytes(9950), "10 kB");
  EXPECT_EQ(HumanizeBytes(1e6), "1.0 MB");
  EXPECT_EQ(HumanizeBytes(1e9), "1.0 GB");
  EXPECT_EQ(HumanizeBytes(-5), "-5 B");
}

TEST(HumanizeTime, CutsDigitsInTheFittingUnit) {
  EXPECT_EQ(HumanizeTime(0, ""), "0s");
  EXPECT_EQ(HumanizeTime(0.000999, ""), "999ns");
  EXPECT_EQ(HumanizeTime(0.0123456, ""), "12.34µs");
  EXPECT_EQ(HumanizeTime(999.999, ""), "999.99ms");
  EXPECT_EQ(HumanizeTime(1000, ""), "1s");
  EXPECT_EQ(HumanizeTime(90000, ""), "1m30s");
  EXPECT_EQ(HumanizeTime(3723999, ""), "1h2m3s");
  EXPECT_EQ(HumanizeTime(1234.565, "s"), "1.23s");
  EXPECT_EQ(HumanizeTime(0.125, "ms"), "0.13ms");
  EXPECT_EQ(HumanizeTime(0.5, "us"), "500.00µs");
  EXPECT_EQ(HumanizeTime(1, "minutes"), "1ms");
}

TEST(HumanizeRate, CutsAtTwoDecimals) {
  EXPECT_EQ(HumanizeRate(0), "0.00%");
  EXPECT_EQ(HumanizeRate(2.0 / 3), "66.66%");
  EXPECT_EQ(HumanizeRate(0.99999), "99.99%");
  EXPECT_EQ(HumanizeRate(1), "100.00%");
}

TEST(DisplayWidth, CountsCodePointsWithoutEscapes) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("µs"), 2u);
  EXPECT_EQ(DisplayWidth("\x1b[2;36mab\x1b[0m"), 2u);
}

TEST(MetricNameLess, FollowsK6sCollation) {
  EXPECT_TRUE(MetricNameLess("a_b", "ab"));
  EXPECT_TRUE(MetricNameLess("a_1", "a1"));
  EXPECT_TRUE(MetricNameLess("a", "A"));
  EXPECT_TRUE(MetricNameLess("ab", "aB0"));
  EXPECT_TRUE(MetricNameLess("aB", "Ab"));
  EXPECT_TRUE(MetricNameLess("aa", "Ab"));
  EXPECT_TRUE(MetricNameLess("a", "a{x:y}"));
  EXPECT_TRUE(MetricNameLess("a{x:y}", "a_b"));
  EXPECT_TRUE(MetricNameLess("a{a-b}", "a{a:b}"));
  EXPECT_FALSE(MetricNameLess("a", "a"));
}

}  // namespace
}  // namespace loadctl::summary
