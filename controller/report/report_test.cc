#include "controller/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace loadctl::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A run with a threshold that holds, one that is crossed, one without data, and two checks.
v1::Outcome Outcome() {
  v1::Outcome outcome;
  auto& run = *outcome.mutable_summary();
  run.set_duration_ns(12'345'678'901);
  run.set_complete(true);
  run.add_groups();
  auto& group = *run.add_groups();
  group.set_name("log <in>");
  group.set_path("::log <in>");
  auto& good = *group.add_checks();
  good.set_name("fine");
  good.set_passes(7);
  auto& bad = *run.mutable_groups(0)->add_checks();
  bad.set_name("status | 200 \"ok\"\x01\xff");
  bad.set_passes(1);
  bad.set_fails(2);
  auto& metric = *run.add_metrics();
  metric.set_name("http_req_duration");
  metric.set_contains(v1::Metric::TIME);
  metric.set_has_samples(true);
  auto& p95 = *metric.mutable_trend()->add_stats();
  p95.set_name("p(95)");
  p95.set_value(123.456);
  const auto threshold = [](v1::MetricSummary& of, const char* text, double value, bool ok) {
    auto& one = *of.add_thresholds();
    one.set_source(text);
    one.set_aggregate(std::string(text).substr(0, std::string(text).find('<')));
    one.set_value(value);
    one.set_ok(ok);
    one.set_judged(true);
  };
  threshold(metric, "p(95)<500", 123.456, true);
  threshold(metric, "max<100", 1500, false);
  auto& empty = *run.add_metrics();
  empty.set_name("mine{a:b}");
  empty.mutable_counter();
  threshold(empty, "count<1", 0, true);
  return outcome;
}

Subject Crossed(const v1::Outcome& outcome) {
  return {outcome, Error{ErrorCode::kThresholds, "thresholds on metrics 'x' have been crossed"},
          "tests/shop.js", R"({"verdict":"failed","code":99})"};
}

TEST(Junit, HasASuiteOfTheRunOfThresholdsAndOfChecks) {
  const auto outcome = Outcome();
  EXPECT_EQ(Junit(Crossed(outcome)), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="loadctl" tests="6" failures="2" errors="0" skipped="0" time="12.346">
  <testsuite name="run" tests="1" failures="0" errors="0" skipped="0" time="12.346">
    <testcase classname="tests/shop.js" name="the run"/>
  </testsuite>
  <testsuite name="thresholds" tests="3" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="tests/shop.js.thresholds" name="http_req_duration: p(95)&lt;500"/>
    <testcase classname="tests/shop.js.thresholds" name="http_req_duration: max&lt;100">
      <failure message="max=1.5s"/>
    </testcase>
    <testcase classname="tests/shop.js.thresholds" name="mine{a:b}: count&lt;1"/>
  </testsuite>
  <testsuite name="checks" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="tests/shop.js.checks" name="status | 200 &quot;ok&quot;)"
                                     "\xef\xbf\xbd\xef\xbf\xbd"
                                     R"(">
      <failure message="2 of 3 failed"/>
    </testcase>
    <testcase classname="tests/shop.js.checks" name="log &lt;in&gt; › fine"/>
  </testsuite>
</testsuites>
)");
}

TEST(Junit, ARunThatBrokeIsAnErrorAndWhatWasNotJudgedIsSkipped) {
  auto outcome = Outcome();
  outcome.mutable_summary()->mutable_metrics(0)->mutable_thresholds(0)->set_judged(false);
  const std::string lost =
      Junit({outcome, Error{ErrorCode::kAgentLost, "agent 1 was lost"}, "a.js", "{}"});
  EXPECT_THAT(lost, HasSubstr("<error message=\"agent 1 was lost\"/>"));
  EXPECT_THAT(lost, HasSubstr("<skipped message=\"not judged: p(95)=123.45ms\"/>"));
  const std::string none =
      Junit({v1::Outcome(), Error{ErrorCode::kInvalidConfig, "no such option"}, "a.js", "{}"});
  EXPECT_THAT(none, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
}

TEST(Markdown, ShowsVerdictThresholdsChecksAndFigures) {
  const auto outcome = Outcome();
  const std::string text = Markdown(Crossed(outcome));
  EXPECT_THAT(text, HasSubstr("## ❌ tests/shop.js: thresholds on metrics 'x' have been crossed\n"));
  EXPECT_THAT(text, HasSubstr("| ✅ | `http_req_duration` | `p(95)<500` | p(95)=123.45ms |\n"));
  EXPECT_THAT(text, HasSubstr("| ❌ | `http_req_duration` | `max<100` | max=1.5s |\n"));
  EXPECT_THAT(text, HasSubstr("| ✅ | `mine{a:b}` | `count<1` | no data |\n"));
  EXPECT_THAT(text, HasSubstr("\nChecks: 1 of 2 passed always.\n"));
  EXPECT_THAT(text, HasSubstr("| ❌ | status \\| 200"));
  EXPECT_THAT(text, HasSubstr("| `http_req_duration` | p(95)=123.45ms |\n"));
  EXPECT_THAT(Markdown({outcome, std::nullopt, "a.js", "{}"}), HasSubstr("## ✅ a.js: passed\n"));
}

TEST(Github, HasAnAnnotationForWhatFailed) {
  const auto outcome = Outcome();
  const std::string text = GithubAnnotations(Crossed(outcome));
  EXPECT_THAT(text,
              HasSubstr("::error title=tests/shop.js::thresholds on metrics 'x' have been "
                        "crossed\n::error title=threshold http_req_duration::max<100: max=1.5s\n"));
  EXPECT_THAT(text, HasSubstr("::warning title=check status | 200"));
  EXPECT_THAT(text, Not(HasSubstr("p(95)")));
  EXPECT_THAT(GithubAnnotations({outcome, Error{ErrorCode::kGeneric, "a\nb"}, "x:y,z", ""}),
              HasSubstr("::error title=x%3Ay%2Cz::a%0Ab\n"));
}

TEST(Json, IsTheVerdictWithTheSummary) {
  const auto outcome = Outcome();
  const auto value = boost::json::parse(Json(Crossed(outcome)));
  EXPECT_EQ(value.at("verdict").as_string(), "failed");
  EXPECT_TRUE(value.at("summary").at("metrics").as_object().contains("http_req_duration"));
  EXPECT_TRUE(
      boost::json::parse(Json({v1::Outcome(), std::nullopt, "", "{}"})).at("summary").is_null());
}

TEST(Brief, HasVerdictCrossedThresholdsAndFigures) {
  const auto outcome = Outcome();
  EXPECT_EQ(
      Brief(Crossed(outcome)),
      R"({"verdict":"failed","code":99,"cause":"thresholds on metrics 'x' have been crossed",)"
      R"("crossed":[{"metric":"http_req_duration","expression":"max<100","value":"max=1.5s"}],)"
      R"("figures":[{"metric":"http_req_duration","values":"p(95)=123.45ms"}]})"
      "\n");
  EXPECT_EQ(Brief({v1::Outcome(), std::nullopt, "", ""}),
            "{\"verdict\":null,\"code\":null,\"cause\":null,\"crossed\":[],\"figures\":[]}\n");
}

TEST(Brief, FitsIntoAContainersStatusHoweverMuchThereIsToSay) {
  auto outcome = Outcome();
  for (int i = 0; i < 200; ++i) {
    auto& metric = *outcome.mutable_summary()->add_metrics();
    metric.set_name("m" + std::to_string(i) + std::string(100, 'x'));
    metric.set_has_samples(true);
    metric.mutable_counter();
    auto& one = *metric.add_thresholds();
    one.set_source("count<1");
    one.set_judged(true);
  }
  Subject subject = Crossed(outcome);
  subject.failure->message.clear();
  for (int i = 0; i < 1000; ++i) subject.failure->message += "ä";
  const std::string text = Brief(subject);
  EXPECT_LE(text.size(), 4000u);
  EXPECT_GT(text.size(), 3500u);
  const auto value = boost::json::parse(text);
  EXPECT_EQ(value.at("cause").as_string().size(), 503u);
  EXPECT_GT(value.at("crossed").as_array().size(), 10u);
}

TEST(Metrics, HasEachValueOnALine) {
  auto outcome = Outcome();
  auto& part = *outcome.mutable_summary()->add_metrics();
  part.set_name("my.hits{page:a\"b}");
  part.set_parent("my.hits");
  part.set_suffix("page:a\"b");
  part.set_has_samples(true);
  part.mutable_counter()->set_count(3);
  part.mutable_counter()->set_rate(0.5);
  EXPECT_EQ(Metrics(Crossed(outcome)),
            "http_req_duration{stat=\"p(95)\"} 123.456\n"
            "my_hits{stat=\"count\",selector=\"page:a\\\"b\"} 3\n"
            "my_hits{stat=\"rate\",selector=\"page:a\\\"b\"} 0.5\n"
            "# EOF\n");
}

TEST(Requests, AreAFormatAndAPath) {
  EXPECT_EQ(ParseRequest("md=a=b.md")->path, "a=b.md");
  for (const char* wrong : {"", "junit", "junit=", "pdf=x", "=x"}) {
    const auto request = ParseRequest(wrong);
    ASSERT_FALSE(request) << wrong;
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidConfig);
    EXPECT_THAT(request.error().message,
                HasSubstr("--report wants html, junit, md, github, json, brief or metrics"));
  }
}

}  // namespace
}  // namespace loadctl::report
