#include "controller/summary/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadctl::summary {
namespace {

using aggregate::SeriesKey;
using aggregate::Totals;
using metrics::MetricSet;
using testing::ElementsAre;
using testing::Pair;

BuildOptions Options() {
  BuildOptions options;
  options.duration = std::chrono::seconds(4);
  options.trend_stats = {"avg", "min", "med", "max", "p(90)", "count"};
  return options;
}

void Fold(Totals& totals, const std::string& name, const std::vector<double>& values) {
  const auto selector = metrics::ParseSelector(name);
  const MetricSet set;
  const auto& metric = set.metric(*set.Find(selector->metric));
  metrics::Sink sink = metrics::MakeSink(metric.type);
  for (const double value : values) metrics::Add(sink, value, {});
  totals.series[SeriesKey(selector->metric, selector->suffix)] = {
      selector->metric, selector->suffix, metric.contains, std::move(sink)};
}

std::vector<std::string> Names(const Summary& summary) {
  std::vector<std::string> names;
  for (const auto& metric : summary.metrics()) names.push_back(metric.name());
  return names;
}

TEST(BuildSummary, ShowsWhatHasSamplesOrThresholds) {
  Totals totals;
  Fold(totals, "http_req_duration", {10, 20, 15});
  Fold(totals, "http_req_duration{expected_response:true}", {10});
  Fold(totals, "http_req_duration{unseen:yes}", {});
  Fold(totals, "vus", {});
  auto evaluator = threshold::Evaluator::Make(
      {{"checks{group:::g}", {{"rate>0.5", false, {}}}}, {"http_reqs", {}}}, MetricSet());
  ASSERT_TRUE(evaluator);
  evaluator->JudgeFinally(totals, std::chrono::seconds(4));
  const Summary summary = BuildSummary(totals, evaluator->verdicts(), Options());
  EXPECT_THAT(Names(summary),
              ElementsAre("checks", "checks{group:::g}", "http_req_duration",
                          "http_req_duration{expected_response:true}", "http_reqs"));
  EXPECT_FALSE(summary.metrics(0).has_samples());
  EXPECT_EQ(summary.metrics(1).parent(), "checks");
  EXPECT_EQ(summary.metrics(1).suffix(), "group:::g");
  ASSERT_EQ(summary.metrics(1).thresholds_size(), 1);
  EXPECT_TRUE(summary.metrics(1).thresholds(0).ok());
  EXPECT_TRUE(summary.metrics(1).thresholds(0).judged());
  EXPECT_EQ(ContainsOf(summary.metrics(2)), metrics::ValueType::kTime);
}

TEST(BuildSummary, HasValuesByType) {
  Totals totals;
  Fold(totals, "checks", {1, 0, 1, 1});
  Fold(totals, "http_req_duration", {10, 20, 15});
  Fold(totals, "http_reqs", {1, 1});
  Fold(totals, "vus", {3, 1, 2});
  const Summary summary = BuildSummary(totals, {}, Options());
  const auto& rate = summary.metrics(0).rate();
  EXPECT_EQ(rate.rate(), 0.75);
  EXPECT_EQ(rate.passes(), 3);
  EXPECT_EQ(rate.fails(), 1);
  std::vector<std::pair<std::string, double>> stats;
  for (const auto& stat : summary.metrics(1).trend().stats())
    stats.emplace_back(stat.name(), stat.value());
  EXPECT_THAT(stats, ElementsAre(Pair("avg", 15), Pair("min", 10), Pair("med", 15), Pair("max", 20),
                                 Pair("p(90)", 19), Pair("count", 3)));
  const auto& counter = summary.metrics(2).counter();
  EXPECT_EQ(counter.count(), 2);
  EXPECT_EQ(counter.rate(), 0.5);
  const auto& gauge = summary.metrics(3).gauge();
  EXPECT_EQ(gauge.value(), 2);
  EXPECT_EQ(gauge.min(), 1);
  EXPECT_EQ(gauge.max(), 3);
}

TEST(BuildSummary, ThresholdsOfAnIncompleteRunAreNotJudged) {
  auto evaluator =
      threshold::Evaluator::Make({{"http_reqs", {{"count>5", false, {}}}}}, MetricSet());
  Totals totals;
  Fold(totals, "http_reqs", {1, 1});
  evaluator->JudgeFinally(totals, std::chrono::seconds(4));
  BuildOptions options = Options();
  options.completeness = Completeness::kIncomplete;
  const Summary summary = BuildSummary(totals, evaluator->verdicts(), options);
  EXPECT_FALSE(summary.complete());
  ASSERT_EQ(summary.metrics_size(), 1);
  const ThresholdResult& result = summary.metrics(0).thresholds(0);
  EXPECT_EQ(result.aggregate(), "count");
  EXPECT_EQ(result.value(), 2);
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(result.judged());
}

TEST(BuildSummary, GroupsAndChecksMakeATree) {
  Totals totals;
  totals.groups = {"::outer::inner", "::empty", "not a path"};
  totals.checks = {{"", "root check", 1, 2}, {"::outer", "c", 3, 0}, {"::outer", "b", 0, 4}};
  const Summary summary = BuildSummary(totals, {}, Options());
  const GroupTree tree(summary);
  EXPECT_EQ(tree.At(0).name(), "");
  EXPECT_EQ(tree.At(0).id(), "d41d8cd98f00b204e9800998ecf8427e");
  ASSERT_EQ(tree.In(0).size(), 2u);
  const GroupSummary& outer = tree.At(tree.In(0)[0]);
  const GroupSummary& inner = tree.At(tree.In(tree.In(0)[0]).at(0));
  EXPECT_EQ(outer.path(), "::outer");
  EXPECT_EQ(inner.path(), "::outer::inner");
  EXPECT_EQ(inner.name(), "inner");
  ASSERT_EQ(outer.checks_size(), 2);
  EXPECT_EQ(outer.checks(0).name(), "c");
  EXPECT_EQ(outer.checks(0).path(), "::outer::c");
  EXPECT_EQ(outer.checks(0).id(), PathId("::outer::c"));
  EXPECT_EQ(outer.checks(1).fails(), 4);
  EXPECT_EQ(tree.At(0).checks(0).path(), "::root check");
  EXPECT_EQ(tree.At(tree.In(0)[1]).name(), "empty");
}

TEST(BuildSummary, AGroupWithoutANameHasItsOwnChecks) {
  Totals totals;
  totals.checks = {{"", "c", 1, 0}, {"::", "c", 2, 0}, {"::", "d", 3, 0}, {"x", "c", 4, 0}};
  const Summary summary = BuildSummary(totals, {}, Options());
  ASSERT_EQ(summary.groups_size(), 2);
  ASSERT_EQ(summary.groups(0).checks_size(), 1);
  EXPECT_EQ(summary.groups(0).checks(0).passes(), 5);  // what has no separator is the root's
  ASSERT_EQ(summary.groups(1).checks_size(), 2);
  EXPECT_EQ(summary.groups(1).checks(0).passes(), 2);
}

TEST(BuildSummary, GroupsNestedWithoutEndAreCut) {
  Totals totals;
  std::string path;
  for (int i = 0; i < 100'000; ++i) path += "::x";
  totals.groups = {path};
  EXPECT_EQ(BuildSummary(totals, {}, Options()).groups_size(), 1001);
}

TEST(CheckTrendStats, AcceptsWhatK6Accepts) {
  EXPECT_TRUE(CheckTrendStats({"avg", "min", "med", "max", "count", "p(99.99)", "p(0)"}));
  EXPECT_EQ(CheckTrendStats({"avg", "sum"}).error().message,
            "invalid trend stat 'sum', unknown format");
  for (const std::string stat : {"p(101)", "p(x)", "p()", "p(-1)"}) {
    EXPECT_EQ(
        CheckTrendStats({stat}).error().message,
        "invalid percentile trend stat value '" + stat + "', provide a number between 0 and 100");
  }
}

}  // namespace
}  // namespace loadctl::summary
