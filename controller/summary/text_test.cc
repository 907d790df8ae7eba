#include "controller/summary/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "controller/summary/from_text.h"
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
  return FromText<Summary>(R"pb(
    complete: true
    agents: 1
    trend_stats: "avg"
    metrics {
      name: "wait"
      contains: TIME
      trend { stats { name: "avg" value: 12.5 } }
      thresholds { source: "avg<10" aggregate: "avg" value: 12.5 judged: true }
      has_samples: true
    }
  )pb");
}

ThresholdResult& Threshold(Summary& summary) {
  return *summary.mutable_metrics(0)->mutable_thresholds(0);
}

TEST(RenderText, BeginsWithTheLostAgent) {
  Summary summary = WithThreshold();
  summary.set_complete(false);
  summary.set_agents(3);
  *summary.add_lost() = FromText<LostAgent>("agent: 2 at_ns: 12340000000");
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              StartsWith("\nINCOMPLETE: agent 2 of 3 lost at 12.3s\n\n  █ THRESHOLDS \n"));
}

TEST(RenderText, NamesEveryCauseOfAnIncompleteRun) {
  Summary summary = WithThreshold();
  summary.set_complete(false);
  summary.set_agents(4);
  summary.MergeFrom(FromText<Summary>(R"pb(
    lost { agent: 2 at_ns: 75000000000 reason: "no heartbeat for 5s" }
    lost { agent: 4 at_ns: 500000000 }
    ledger { agent: 1 }
  )pb"));
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              StartsWith("\nINCOMPLETE: agent 2 of 4 lost at 1m15s (no heartbeat for 5s)\n"
                         "INCOMPLETE: agent 4 of 4 lost at 500ms\n"
                         "INCOMPLETE: the ledger of agent 1 of 4 does not balance\n"));
}

TEST(RenderText, ShowsButDoesNotJudgeThresholdsOfAnIncompleteRun) {
  Summary summary = WithThreshold();
  Threshold(summary).set_judged(false);
  const std::string text = RenderText(summary, Colors::kNo);
  EXPECT_THAT(text, HasSubstr("    - 'avg<10' avg=12.5ms (not judged)\n"));
  EXPECT_THAT(text, Not(HasSubstr("✗")));
}

TEST(RenderText, MarksALimitInsideTheErrorOfTheValue) {
  Summary summary = WithThreshold();
  Threshold(summary).set_within_error(true);
  EXPECT_THAT(RenderText(summary, Colors::kNo),
              HasSubstr("'avg<10' avg=12.5ms (the limit is within the value's error of 0.1%)\n"));
  Threshold(summary).set_judged(false);
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("avg=12.5ms (not judged)\n"));
}

TEST(RenderText, ShowsAThresholdsValueThatTheColumnsDoNotHave) {
  Summary summary = WithThreshold();
  Threshold(summary) = FromText<ThresholdResult>(
      "source: 'med>1' aggregate: 'med' value: 7.25 ok: true judged: true");
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("    ✓ 'med>1' med=7.25ms\n"));
}

TEST(RenderText, SurvivesAnEmptySummary) {
  EXPECT_EQ(RenderText(Summary{}, Colors::kNo),
            "\nINCOMPLETE: the run's numbers are not all here\n\n  █ TOTAL RESULTS \n\n\n\n");
}

TEST(RenderText, KeepsAColumnForATrendWithoutStats) {
  Summary summary = WithThreshold();
  summary.add_trend_stats("max");
  EXPECT_THAT(RenderText(summary, Colors::kNo), HasSubstr("wait...: avg=12.5ms max=0s\n"));
}

TEST(GroupTree, IsOneWhateverItIsMadeOf) {
  Summary summary;
  EXPECT_TRUE(GroupTree(summary).In(0).empty());
  EXPECT_EQ(GroupTree(summary).At(0).name(), "");
  // A parent that comes later, and a chain that is too deep.
  summary.add_groups()->set_parent(7);
  summary.add_groups()->set_parent(3);
  for (std::uint32_t i = 2; i < 3 * kMaxGroupDepth; ++i) summary.add_groups()->set_parent(i - 1);
  const GroupTree tree(summary);
  EXPECT_EQ(tree.In(0), (std::vector<std::size_t>{1}));
  std::size_t depth = 0, reached = 0;
  for (std::size_t at = 0; !tree.In(at).empty(); at = tree.In(at).front()) ++depth;
  for (std::size_t i = 0; i < 3 * kMaxGroupDepth; ++i) reached += tree.In(i).size();
  EXPECT_LT(depth, kMaxGroupDepth);
  EXPECT_EQ(reached, 3 * kMaxGroupDepth - 1);
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
