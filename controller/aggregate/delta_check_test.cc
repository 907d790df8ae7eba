#include "controller/aggregate/delta_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/metrics/submetric.h"
#include "controller/aggregate/aggregate.h"

namespace loadctl::aggregate {
namespace {

using metrics::CounterSink;
using metrics::Delta;
using metrics::GaugeSink;
using metrics::MetricType;
using metrics::RateSink;
using metrics::SeriesDelta;
using metrics::Sink;
using metrics::TrendSink;
using metrics::ValueType;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TrendSink Trend(std::vector<double> values) {
  TrendSink trend;
  for (const double value : values) trend.Add(value);
  return trend;
}

GaugeSink Gauge(double value) {
  GaugeSink gauge;
  gauge.Add(value, {1, 0});
  return gauge;
}

// A script's `own` (counter) and `spread` (trend of times), and a sub-metric of http_reqs.
metrics::MetricSet Known() {
  metrics::MetricSet known;
  LOADCTL_CHECK(known.Declare("own", MetricType::kCounter, ValueType::kDefault), "own");
  LOADCTL_CHECK(known.Declare("spread", MetricType::kTrend, ValueType::kTime), "spread");
  LOADCTL_CHECK(known.Keep(*metrics::ParseSelector("http_reqs{status:200}")), "kept");
  return known;
}

std::string WhyNot(std::string metric, std::string suffix, ValueType contains, Sink sink) {
  Delta delta;
  delta.series.push_back({std::move(metric), std::move(suffix), contains, std::move(sink)});
  return WhyImpossible(delta, Known());
}

TEST(DeltaCheck, TakesWhatAgentsMeasure) {
  EXPECT_THAT(WhyNot("http_reqs", "", ValueType::kDefault, CounterSink::Of(7)), IsEmpty());
  EXPECT_THAT(WhyNot("http_reqs", "status:200", ValueType::kDefault, CounterSink::Of(7)),
              IsEmpty());
  EXPECT_THAT(WhyNot("http_req_failed", "", ValueType::kDefault, *RateSink::Of(2, 7)), IsEmpty());
  EXPECT_THAT(WhyNot("http_req_duration", "", ValueType::kTime, Trend({0, 1.5, 2})), IsEmpty());
  EXPECT_THAT(WhyNot("vus", "", ValueType::kDefault, Gauge(10)), IsEmpty());
  EXPECT_THAT(WhyNot("http_reqs", "", ValueType::kDefault, CounterSink()), IsEmpty());
  // per-vu-iterations may be asked for more than a double counts.
  for (const double dropped : {9.2e18, 2.7e19})  // of one VU, of three
    EXPECT_THAT(WhyNot("dropped_iterations", "", ValueType::kDefault, CounterSink::Of(dropped)),
                IsEmpty());
  EXPECT_THAT(WhyNot("data_sent", "", ValueType::kData, CounterSink::Of(1e15)), IsEmpty());
}

TEST(DeltaCheck, ScriptsMayCountAnything) {
  for (const double value : {-5.0, 0.1, kInfinity, 1e300})
    EXPECT_THAT(WhyNot("own", "", ValueType::kDefault, CounterSink::Of(value)), IsEmpty());
  EXPECT_THAT(WhyNot("spread", "", ValueType::kTime, Trend({-1, kInfinity})), IsEmpty());
  EXPECT_THAT(WhyNot("made_by_a_vu", "", ValueType::kDefault, Gauge(-1)), IsEmpty());
}

TEST(DeltaCheck, BuiltinCountsAreCounts) {
  for (const double value : {-5.0, 0.5, kNan, kInfinity, -kInfinity, 1e13}) {
    EXPECT_THAT(WhyNot("http_reqs", "", ValueType::kDefault, CounterSink::Of(value)),
                HasSubstr("http_reqs: a count"))
        << value;
  }
  for (const double value : {-1.0, kNan, kInfinity})
    EXPECT_THAT(WhyNot("dropped_iterations", "", ValueType::kDefault, CounterSink::Of(value)),
                HasSubstr("a count"));
  for (const double value : {-1.0, 0.5, kInfinity, 1e300})
    EXPECT_THAT(WhyNot("vus", "", ValueType::kDefault, Gauge(value)), HasSubstr("VUs"));
}

TEST(DeltaCheck, BuiltinTimesAreTimes) {
  for (const double value : {-1.0, kInfinity, -kInfinity}) {
    EXPECT_THAT(WhyNot("http_req_waiting", "", ValueType::kTime, Trend({1, value})),
                HasSubstr("http_req_waiting: a time"));
  }
}

TEST(DeltaCheck, TypesAreFixed) {
  EXPECT_THAT(WhyNot("iterations", "", ValueType::kDefault, *RateSink::Of(1, 1)),
              HasSubstr("iterations: a rate, and the metric is a counter"));
  EXPECT_THAT(WhyNot("own", "", ValueType::kDefault, Trend({1})), HasSubstr("own: a trend"));
  EXPECT_THAT(WhyNot("spread", "", ValueType::kDefault, Trend({1})), HasSubstr("another kind"));
  EXPECT_THAT(WhyNot("vus", "", ValueType::kTime, Gauge(1)), HasSubstr("another kind"));
  // Empty ones name their type, too.
  EXPECT_THAT(WhyNot("iterations", "", ValueType::kDefault, RateSink()), HasSubstr("a rate"));
}

TEST(DeltaCheck, NamesAreThoseThatWereAskedFor) {
  EXPECT_THAT(WhyNot("http_reqs", "status:500", ValueType::kDefault, CounterSink::Of(1)),
              HasSubstr("nobody asked"));
  EXPECT_THAT(WhyNot("made_by_a_vu", "a:b", ValueType::kDefault, Gauge(1)),
              HasSubstr("nobody asked"));
  for (const char* name : {"", "no name", "1st", "\x1b[2J"})
    EXPECT_THAT(WhyNot(name, "", ValueType::kDefault, Gauge(1)), HasSubstr("no name"));
  Delta twice;
  twice.series = {{"own", "", ValueType::kDefault, CounterSink::Of(1)},
                  {"own", "", ValueType::kDefault, CounterSink::Of(1)}};
  EXPECT_THAT(WhyImpossible(twice, Known()), HasSubstr("own: it is there twice"));
}

TEST(DeltaCheck, CountsOfChecksAndSamplesEnd) {
  constexpr std::int64_t kTooMany = static_cast<std::int64_t>(kMostSamples) + 1;
  Delta delta;
  delta.checks = {{"::g", "fine", 3, 4, 1}};
  delta.groups = {"", "::g"};
  EXPECT_THAT(WhyImpossible(delta, Known()), IsEmpty());
  EXPECT_EQ(MostSamplesOf(delta), 7u);
  for (const std::int64_t count : {kTooMany, std::int64_t{-1}}) {
    delta.checks = {{"", "c", count, 0, 1}};
    EXPECT_THAT(WhyImpossible(delta, Known()), HasSubstr("check c"));
    delta.checks = {{"", "c", 0, count, 1}};
    EXPECT_THAT(WhyImpossible(delta, Known()), HasSubstr("check c"));
  }
  delta.checks = {{"g", "c", 1, 0, 1}};
  EXPECT_THAT(WhyImpossible(delta, Known()), HasSubstr("group"));
  delta.checks = {};
  delta.groups = {"g"};
  EXPECT_THAT(WhyImpossible(delta, Known()), HasSubstr("group"));
  EXPECT_THAT(WhyNot("checks", "", ValueType::kDefault, *RateSink::Of(0, kTooMany)),
              HasSubstr("too many"));
}

// However many deltas come: no sum of counts leaves its range.
TEST(DeltaCheck, AnAgentsSamplesEnd) {
  Aggregate aggregate(1, [](const Delta&) {});
  Acceptance last = Acceptance::kAccepted;
  std::uint64_t taken = 0;
  for (std::uint64_t i = 1; last == Acceptance::kAccepted; ++i) {
    Delta delta;
    delta.agent = 1;
    delta.sequence = i;
    delta.first_interval = delta.interval = static_cast<std::int64_t>(i);
    delta.checks = {{"", "c", static_cast<std::int64_t>(kMostSamples), 0, 1}};
    last = aggregate.Add(std::move(delta));
    taken += last == Acceptance::kAccepted ? 1 : 0;
  }
  EXPECT_EQ(last, Acceptance::kInvalid);
  EXPECT_EQ(taken, Aggregate::kMostOfAgent / kMostSamples);
  EXPECT_EQ(aggregate.agent(1).refusal, "too many samples");
}

}  // namespace
}  // namespace loadctl::aggregate
