#include "common/metrics/registry.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace loadctl::metrics {
namespace {

TagLookup Tags(std::map<std::string, std::string, std::less<>> tags) {
  auto kept = std::make_shared<decltype(tags)>(std::move(tags));
  return [kept](std::string_view key) -> std::optional<std::string_view> {
    const auto found = kept->find(key);
    if (found == kept->end()) return std::nullopt;
    return found->second;
  };
}

std::vector<TagCondition> Conditions(std::string_view text) {
  const auto selector = ParseSelector(text);
  EXPECT_TRUE(selector) << selector.error().message;
  return selector ? selector->conditions : std::vector<TagCondition>{};
}

TEST(Selector, ReadsConditions) {
  using List = std::vector<TagCondition>;
  EXPECT_EQ(Conditions("m"), List{});
  EXPECT_EQ(Conditions("m{a:b}"), (List{{"a", "b"}}));
  EXPECT_EQ(Conditions("m{group:::setup}"), (List{{"group", "::setup"}}));
  EXPECT_EQ(Conditions("m{ b : 'x' , a:\"y\"}"), (List{{"a", "y"}, {"b", "x"}}));
  EXPECT_EQ(Conditions("m{a:1,a:2}"), (List{{"a", "2"}}));
  EXPECT_EQ(Conditions("m{a: }"), (List{{"a", ""}}));
  EXPECT_EQ(Conditions("m{a:\"\"}"), (List{{"a", ""}}));
  EXPECT_EQ(Conditions("m{a:b}}"), (List{{"a", "b}"}}));
}

TEST(Selector, AValueInQuotesMayHaveCommas) {
  using List = std::vector<TagCondition>;
  EXPECT_EQ(Conditions("m{url:\"http://h/?a=1,2\",b:c}"),
            (List{{"b", "c"}, {"url", "http://h/?a=1,2"}}));
  EXPECT_EQ(Conditions("m{a: 'x,y:z' }"), (List{{"a", "x,y:z"}}));
  EXPECT_EQ(Conditions("m{a:\"x,b:y}"), (List{{"a", "x"}, {"b", "y"}}));
  EXPECT_EQ(Conditions("m{a:it's,b:y's}"), (List{{"a", "it's"}, {"b", "y's"}}));
}

TEST(Selector, NamesAreTrimmedInsideBraces) {
  EXPECT_EQ(ParseSelector("m{ a:b }")->Name(), "m{a:b}");
  EXPECT_EQ(ParseSelector("m{ a:b }")->suffix, "a:b");
  EXPECT_EQ(ParseSelector("m ")->Name(), "m ");
}

TEST(Selector, BrokenNamesFailWithK6sTexts) {
  const std::map<std::string, std::string> cases = {
      {"m{", "\"m{\" has unmatched opening/close curly brace"},
      {"m}", "\"m}\" has unmatched opening/close curly brace"},
      {"m}a{", "\"m}a{\" closing curly brace appears before opening one"},
      {"m{a:b}c", "\"m{a:b}c\" lacks a closing curly brace in its last position"},
      {"m{}", "\"\" tag expression is malformed"},
      {"m{a}", "\"a\" tag expression is malformed"},
      {"m{a:b, c:}", "\" c:\" tag expression is malformed"},
      {"m{a:b,c}",
       "\"c\" tag expression is malformed: it is no TAG:VALUE; a value with a comma is written in "
       "quotes, as in {TAG:\"a,b\"}"},
  };
  for (const auto& [text, why] : cases) {
    const auto selector = ParseSelector(text);
    ASSERT_FALSE(selector) << text;
    EXPECT_EQ(selector.error().message, "parsing metric name failed, metric " + why);
    EXPECT_EQ(selector.error().code, ErrorCode::kInvalidConfig);
  }
}

TEST(Selector, MatchesNeedEveryTag) {
  const auto conditions = Conditions("m{a:1,b:}x}");
  EXPECT_TRUE(Matches(conditions, Tags({{"a", "1"}, {"b", "}x"}, {"c", "3"}})));
  EXPECT_FALSE(Matches(conditions, Tags({{"a", "1"}})));
  EXPECT_FALSE(Matches(conditions, Tags({{"a", "2"}, {"b", "}x"}})));
  EXPECT_TRUE(Matches(Conditions("m{group: }"), Tags({{"group", ""}})));
  EXPECT_FALSE(Matches(Conditions("m{group: }"), Tags({})));
}

TEST(MetricSet, BuiltinsHaveTheirIndexAsId) {
  const MetricSet set;
  ASSERT_EQ(set.metrics().size(), kBuiltinCount);
  for (std::size_t i = 0; i < kBuiltinCount; ++i) {
    const auto id = static_cast<MetricId>(i);
    EXPECT_EQ(set.metric(id).name, kBuiltinMetrics[i].name);
    EXPECT_EQ(Index(set.base_series(id)), i);
  }
  EXPECT_EQ(set.Find("http_req_duration"), IdOf(Builtin::kHttpReqDuration));
  EXPECT_EQ(set.Find("nope"), std::nullopt);
}

TEST(MetricSet, DeclaresAgainWhatAgreesOnly) {
  MetricSet set;
  const auto mine = set.Declare("mine", MetricType::kTrend, ValueType::kTime);
  ASSERT_TRUE(mine);
  EXPECT_EQ(set.Declare("mine", MetricType::kTrend, ValueType::kTime), *mine);
  EXPECT_EQ(set.Declare("mine", MetricType::kCounter, ValueType::kTime).error().message,
            "metric 'mine' already exists but with type trend, instead of counter");
  EXPECT_EQ(set.Declare("mine", MetricType::kTrend, ValueType::kDefault).error().message,
            "metric 'mine' already exists but with a value type time, instead of default");
}

TEST(MetricSet, NamesFollowK6sRule) {
  EXPECT_TRUE(IsMetricName("_a"));
  EXPECT_TRUE(IsMetricName("a" + std::string(128, '9')));
  for (const std::string& name :
       {std::string("a"), std::string(""), std::string("9a"), std::string("a b"), std::string("é1"),
        std::string("a-b"), "a" + std::string(129, '9')}) {
    EXPECT_FALSE(IsMetricName(name)) << name;
  }
  MetricSet set;
  EXPECT_EQ(set.Declare("a b", MetricType::kRate, ValueType::kDefault).error().message,
            "Invalid metric name: 'a b'. Metric names must only include up to 128 ASCII letters, "
            "numbers, or underscores and start with a letter or an underscore.");
}

TEST(MetricSet, KeepsSubmetricsOnce) {
  MetricSet set;
  const auto ok = set.Keep(*ParseSelector("http_reqs{status:200}"));
  const auto slow = set.Keep(*ParseSelector("http_reqs{status:200,kind:slow}"));
  ASSERT_TRUE(ok && slow);
  EXPECT_EQ(set.Keep(*ParseSelector("http_reqs{ status:200 }")), *ok);
  EXPECT_EQ(set.Keep(*ParseSelector("http_reqs")), set.base_series(IdOf(Builtin::kHttpReqs)));
  EXPECT_EQ(set.Keep(*ParseSelector("nope{a:b}")).error().message,
            "metric 'nope' does not exist in the script");
  const SeriesId base = set.base_series(IdOf(Builtin::kHttpReqs));
  const auto kept = set.submetrics(IdOf(Builtin::kHttpReqs));
  EXPECT_EQ(std::vector(kept.begin(), kept.end()), (std::vector{*ok, *slow}));
  EXPECT_NE(base, *ok);
  const auto sinks = set.NewSinks();
  ASSERT_EQ(sinks.size(), set.series().size());
  EXPECT_EQ(TypeOf(sinks[Index(*slow)]), MetricType::kCounter);
}

}  // namespace
}  // namespace loadctl::metrics
