#include "controller/threshold/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

namespace loadctl::threshold {
namespace {

using aggregate::SeriesKey;
using aggregate::Totals;
using metrics::MetricSet;
using metrics::Sink;
using plan::MetricThresholds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

MetricThresholds On(std::string metric, std::vector<std::string> expressions) {
  MetricThresholds thresholds{std::move(metric), {}};
  for (auto& expression : expressions) {
    thresholds.thresholds.push_back({std::move(expression), false, {}});
  }
  return thresholds;
}

Evaluator Made(const std::vector<MetricThresholds>& thresholds) {
  auto evaluator = Evaluator::Make(thresholds, MetricSet());
  EXPECT_TRUE(evaluator) << evaluator.error().message;
  return std::move(*evaluator);
}

void Fold(Totals& totals, const std::string& name, const std::vector<double>& values) {
  const auto selector = metrics::ParseSelector(name);
  const MetricSet set;
  const auto& metric = set.metric(*set.Find(selector->metric));
  Sink sink = metrics::MakeSink(metric.type);
  for (const double value : values) metrics::Add(sink, value, {});
  totals.series[SeriesKey(selector->metric, selector->suffix)] = {
      selector->metric, selector->suffix, metric.contains, std::move(sink)};
}

// Every line of the table came from a run of k6 itself.
TEST(Evaluator, RefusesWhatK6RefusesInItsWords) {
  std::ifstream table("controller/threshold/testdata/k6_errors.tsv");
  ASSERT_TRUE(table);
  std::string line;
  std::getline(table, line);  // the heading
  int lines = 0;
  while (std::getline(table, line)) {
    std::stringstream fields(line);
    std::string metric, expression, message;
    std::getline(fields, metric, '\t');
    std::getline(fields, expression, '\t');
    std::getline(fields, message, '\t');
    SCOPED_TRACE(line);
    const auto evaluator = Evaluator::Make({On(metric, {expression})}, MetricSet());
    EXPECT_EQ(evaluator.has_value(), message.empty());
    if (!evaluator) {
      EXPECT_EQ(evaluator.error().message, message);
      EXPECT_EQ(evaluator.error().code, ErrorCode::kInvalidConfig);
    }
    ++lines;
  }
  EXPECT_GT(lines, 70);
}

TEST(Evaluator, KnowsTheScriptsMetrics) {
  MetricSet set;
  ASSERT_TRUE(set.Declare("mine", metrics::MetricType::kGauge, metrics::ValueType::kData));
  const auto evaluator = Evaluator::Make({On("mine{a:b}", {"value<3"})}, set);
  ASSERT_TRUE(evaluator);
  EXPECT_EQ(evaluator->verdicts()[0].type, metrics::MetricType::kGauge);
  EXPECT_EQ(evaluator->Selectors()[0].Name(), "mine{a:b}");
}

TEST(Evaluator, JudgesEveryMethod) {
  auto evaluator = Made({
      On("checks", {"rate>=0.75"}),
      On("http_req_duration",
         {"avg==15", "min==10", "med==15", "max==20", "p(90)==19", "p(95) == 19.5", "p==10"}),
      On("http_reqs", {"count==6", "rate==1.5"}),
      On("http_reqs{a:b}", {"count==1"}),
      On("vus", {"value==7"}),
  });
  Totals totals;
  Fold(totals, "checks", {1, 1, 0, 1});
  Fold(totals, "http_req_duration", {10, 15, 20});
  Fold(totals, "http_reqs", {1, 2, 3});
  Fold(totals, "http_reqs{a:b}", {1});
  Fold(totals, "vus", {3, 7});
  const Outcome outcome = evaluator.Judge(totals, seconds(4));
  EXPECT_THAT(outcome.crossed, IsEmpty());
  EXPECT_FALSE(outcome.abort);
  const auto& trend = evaluator.verdicts()[1];
  EXPECT_EQ(trend.verdicts[5].source(), "p(95) == 19.5");
  EXPECT_EQ(trend.verdicts[5].aggregate(), "p(95)");
  EXPECT_EQ(trend.verdicts[5].value(), 19.5);
  EXPECT_EQ(evaluator.verdicts()[2].verdicts[1].value(), 1.5);
}

// Of the values 1 to 10,000 p(95) is 9500.05; the histogram says 9496, so 9498 gets a wrong
// verdict.
TEST(Evaluator, ALimitInsideTheErrorOfAPercentileIsMarked) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {"p(95)<9498", true},     {"p(95)<9501", true},  {"p(95)<=9499", true},
      {"p(95)==9500.05", true}, {"p(95)>9495", true},  {"p(95)<9530", false},
      {"p(95)>9470", false},    {"med<5001", true},    {"med<5020", false},
      {"p(100)<=10001", false},  // beyond max
      {"max<=10000", false},    {"avg<=5000.5", false}};
  for (const auto& [source, within] : cases) {
    auto evaluator = Made({On("http_req_duration", {source})});
    Totals totals;
    std::vector<double> values(10000);
    std::iota(values.begin(), values.end(), 1);
    Fold(totals, "http_req_duration", values);
    evaluator.JudgeFinally(totals, seconds(1));
    EXPECT_EQ(evaluator.verdicts()[0].verdicts[0].within_error(), within) << source;
  }
}

TEST(Evaluator, WhatIsExactHasNoError) {
  auto evaluator = Made({On("http_req_duration", {"p(95)<=5"}), On("http_reqs", {"count>=9000"})});
  Totals few;
  Fold(few, "http_req_duration", std::vector<double>(1024, 5));
  Fold(few, "http_reqs", {9000});
  evaluator.JudgeFinally(few, seconds(1));
  for (const auto& metric : evaluator.verdicts()) {
    EXPECT_TRUE(metric.verdicts[0].ok());
    EXPECT_FALSE(metric.verdicts[0].within_error());
  }
  Totals alike;  // more than are kept, but there is nothing between min and max
  Fold(alike, "http_req_duration", std::vector<double>(3000, 5));
  evaluator.JudgeFinally(alike, seconds(1));
  EXPECT_TRUE(evaluator.verdicts()[0].verdicts[0].ok());
  EXPECT_FALSE(evaluator.verdicts()[0].verdicts[0].within_error());
}

TEST(Evaluator, CrossedMetricsAreSorted) {
  auto evaluator = Made({On("vus", {"value<1", "value<2"}), On("http_reqs", {"count<1"}),
                         On("http_reqs{a:b}", {"count>0"}), On("checks", {"rate>0.5"})});
  Totals totals;
  Fold(totals, "vus", {5});
  Fold(totals, "http_reqs", {5});
  Fold(totals, "checks", {1});
  const Outcome outcome = evaluator.JudgeFinally(totals, seconds(1));
  EXPECT_THAT(outcome.crossed, ElementsAre("http_reqs", "http_reqs{a:b}", "vus"));
  EXPECT_EQ(CrossedMessage(outcome.crossed),
            "thresholds on metrics 'http_reqs, http_reqs{a:b}, vus' have been crossed");
  EXPECT_EQ(AbortMessage({"a", "b"}),
            "thresholds on metrics 'a, b' were crossed; at least one has abortOnFail enabled, "
            "stopping test prematurely");
}

TEST(Evaluator, MetricsWithoutSamplesAreSkippedUntilTheEnd) {
  auto evaluator = Made({On("checks", {"rate>0.9"}), On("http_req_duration", {"p(95)>1"}),
                         On("http_reqs", {"count>0"}), On("vus", {"value>0"})});
  EXPECT_THAT(evaluator.Judge(Totals(), seconds(2)).crossed, IsEmpty());
  EXPECT_THAT(evaluator.JudgeFinally(Totals(), seconds(2)).crossed,
              ElementsAre("http_req_duration", "http_reqs", "vus"));  // an empty rate passes
}

TEST(Evaluator, RateOfNoTimePasses) {
  auto evaluator = Made({On("http_reqs", {"rate>5"})});
  Totals totals;
  Fold(totals, "http_reqs", {1});
  EXPECT_THAT(evaluator.JudgeFinally(totals, seconds(0)).crossed, IsEmpty());
}

TEST(Evaluator, AbortWaitsForItsDelay) {
  MetricThresholds thresholds{"http_reqs", {{"count<1", true, seconds(10)}, {"count<9", true, {}}}};
  auto evaluator = Made({thresholds});
  Totals totals;
  Fold(totals, "http_reqs", {5});
  EXPECT_FALSE(evaluator.Judge(totals, seconds(10)).abort);
  EXPECT_TRUE(evaluator.Judge(totals, seconds(11)).abort);
  Fold(totals, "http_reqs", {10});
  EXPECT_TRUE(evaluator.Judge(totals, seconds(2)).abort);  // the one without a delay
}

TEST(Evaluator, WhatFailedMayPassLater) {
  auto evaluator = Made({On("http_req_duration", {"avg<10"})});
  Totals totals;
  Fold(totals, "http_req_duration", {30});
  EXPECT_THAT(evaluator.Judge(totals, seconds(2)).crossed, ElementsAre("http_req_duration"));
  EXPECT_FALSE(evaluator.verdicts()[0].verdicts[0].ok());
  Fold(totals, "http_req_duration", {30, 1, 1, 1, 1});
  EXPECT_THAT(evaluator.Judge(totals, seconds(4)).crossed, IsEmpty());
  EXPECT_TRUE(evaluator.verdicts()[0].verdicts[0].ok());
}

TEST(Evaluator, NamesThatDifferInSpacesAreOneMetric) {
  const auto evaluator =
      Made({On("http_reqs{ a:b}", {"count<1"}), On("http_reqs{a:b}", {"rate<2"})});
  ASSERT_EQ(evaluator.verdicts().size(), 1u);
  EXPECT_EQ(evaluator.verdicts()[0].verdicts.size(), 2u);
}

TEST(Evaluator, AnEmptyListKeepsTheMetric) {
  auto evaluator = Made({On("http_reqs", {})});
  EXPECT_EQ(evaluator.verdicts().size(), 1u);
  EXPECT_THAT(evaluator.JudgeFinally(Totals(), seconds(1)).crossed, IsEmpty());
}

/// An evaluator, and totals that are told it second by second.
struct Told {
  explicit Told(plan::ThresholdSpec spec)
      : evaluator(Made({MetricThresholds{"http_req_duration", {std::move(spec)}}})) {}
  void Second(std::int64_t interval, const std::vector<double>& values) {
    metrics::Delta delta;
    delta.first_interval = delta.interval = interval;
    metrics::TrendSink sink;
    for (const double value : values) sink.Add(value);
    delta.series.push_back({"http_req_duration", "", metrics::ValueType::kTime, sink});
    totals.Add(delta);
    evaluator.Take(delta);
  }
  const Verdict& Judged(int elapsed) {
    evaluator.Judge(totals, seconds(elapsed));
    return evaluator.verdicts()[0].verdicts[0];
  }
  const Verdict& JudgedFinally(int elapsed) {
    crossed = evaluator.JudgeFinally(totals, seconds(elapsed)).crossed;
    return evaluator.verdicts()[0].verdicts[0];
  }
  Evaluator evaluator;
  Totals totals;
  std::vector<std::string> crossed;
};

plan::ThresholdSpec Spec(std::string expression) { return {std::move(expression), false, {}}; }

TEST(Evaluator, LeavesOutTheWarmup) {
  auto spec = Spec("max<10");
  spec.warmup = seconds(2);
  Told told(spec);
  told.Second(0, {99});
  told.Second(1, {99});
  told.Second(2, {5});
  EXPECT_TRUE(told.JudgedFinally(3).ok());
  EXPECT_EQ(told.JudgedFinally(3).value(), 5);
  told.Second(3, {11});
  EXPECT_FALSE(told.JudgedFinally(4).ok());
  EXPECT_THAT(told.crossed, ElementsAre("http_req_duration"));
}

TEST(Evaluator, AWindowThatWasCrossedStaysSo) {
  auto spec = Spec("avg<10");
  spec.window = seconds(2);
  Told told(spec);
  told.Second(0, {1});
  EXPECT_TRUE(told.Judged(1).ok());  // no whole window yet
  told.Second(1, {21});
  EXPECT_FALSE(told.Judged(2).ok());
  for (int i = 2; i < 6; ++i) told.Second(i, {1});
  EXPECT_FALSE(told.JudgedFinally(6).ok());
  EXPECT_EQ(told.JudgedFinally(6).value(), 11);
  EXPECT_THAT(told.crossed, ElementsAre("http_req_duration"));
}

TEST(Evaluator, AWindowForgetsWhatIsOlder) {
  auto spec = Spec("max<10");
  spec.window = seconds(2);
  spec.warmup = seconds(1);
  Told told(spec);
  told.Second(0, {99});
  told.Second(1, {1});
  told.Second(2, {2});
  told.Second(3, {3});
  EXPECT_TRUE(told.JudgedFinally(4).ok());
  EXPECT_EQ(told.JudgedFinally(4).value(), 3);
}

TEST(Evaluator, DoesNotJudgeTooFewSamples) {
  auto spec = Spec("max<10");
  spec.min_samples = 3;
  Told told(spec);
  told.Second(0, {99, 99});
  EXPECT_TRUE(told.JudgedFinally(1).ok());
  EXPECT_EQ(told.JudgedFinally(1).note(), "not judged: 2 of 3 samples");
  EXPECT_FALSE(told.JudgedFinally(1).judged());
  EXPECT_EQ(told.JudgedFinally(1).value(), 99) << "it is shown";
  told.Second(1, {99});
  EXPECT_FALSE(told.JudgedFinally(2).ok());
  EXPECT_TRUE(told.JudgedFinally(2).judged());
}

TEST(Evaluator, AWarningFailsNothing) {
  auto spec = Spec("max<10");
  spec.warn = true;
  spec.abort_on_fail = true;
  Told told(spec);
  told.Second(0, {99});
  EXPECT_FALSE(told.JudgedFinally(1).ok());
  EXPECT_THAT(told.crossed, IsEmpty());
  EXPECT_FALSE(told.evaluator.Judge(told.totals, seconds(1)).abort);
}

TEST(Evaluator, TheGreatestExitCodeOfThoseThatFailed) {
  const auto with = [](std::string metric, std::string expression, std::int64_t code) {
    MetricThresholds one = On(std::move(metric), {std::move(expression)});
    one.thresholds[0].exit_code = code;
    return one;
  };
  Totals totals;
  Fold(totals, "iterations", {1});
  const auto code = [&](const std::vector<MetricThresholds>& thresholds) {
    Evaluator evaluator = Made(thresholds);
    return evaluator.JudgeFinally(totals, seconds(1)).exit_code;
  };
  EXPECT_EQ(code({with("iterations", "count<9", 42)}), 0u);
  EXPECT_EQ(code({with("iterations", "count>9", 0)}), 99u);
  EXPECT_EQ(code({with("iterations", "count>9", 42), with("checks", "rate>0", 50)}), 42u);
  EXPECT_EQ(code({with("iterations", "count>9", 42), with("vus", "value>1", 50)}), 50u);
  // One without a code of its own has k6's.
  EXPECT_EQ(code({with("iterations", "count>9", 42), with("vus", "value>1", 0)}), 99u);
  EXPECT_EQ(code({with("iterations", "count>9", 120), with("vus", "value>1", 0)}), 120u);
}

}  // namespace
}  // namespace loadctl::threshold
