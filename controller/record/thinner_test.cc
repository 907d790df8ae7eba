#include "controller/record/thinner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "controller/aggregate/totals.h"

namespace loadctl::record {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t kHour = 3600;

/// A second in which something was measured of each kind.
metrics::Delta Second(std::int64_t at) {
  const auto value = static_cast<double>(at);
  metrics::Delta delta;
  delta.sequence = static_cast<std::uint64_t>(at + 1);
  delta.first_interval = delta.interval = at;
  for (const auto type : {metrics::MetricType::kCounter, metrics::MetricType::kGauge,
                          metrics::MetricType::kRate, metrics::MetricType::kTrend}) {
    metrics::SeriesDelta series{std::string(metrics::TypeName(type)), at % 3 == 0 ? "a:b" : "",
                                metrics::ValueType::kDefault, metrics::MakeSink(type)};
    metrics::Add(series.sink, value, {at, 1});
    delta.series.push_back(std::move(series));
  }
  delta.checks.push_back({"", at % 2 == 0 ? "even" : "odd", 1, at % 7, 0});
  delta.groups.push_back("::g" + std::to_string(at % 4));
  return delta;
}

v1::RunEvent EventOf(const metrics::Delta& delta) {
  v1::RunEvent event;
  event.set_number(static_cast<std::uint64_t>(delta.interval + 1));
  event.set_at_ns((delta.interval + 1) * 1'000'000'000);
  event.mutable_second()->set_delta(metrics::EncodeDelta(delta));
  return event;
}

struct World {
  std::vector<v1::RunEvent> given;
  Thinner thinner{[this](const v1::RunEvent& event) { given.push_back(event); }};
  std::vector<metrics::Delta> Seconds() const {
    std::vector<metrics::Delta> out;
    for (const auto& event : given)
      if (event.has_second()) out.push_back(*metrics::DecodeDelta(event.second().delta()));
    return out;
  }
};

TEST(Thinner, KeepsTheFirstHourAsItIs) {
  World world;
  std::vector<std::string> as_it_is;
  for (std::int64_t at = 0; at + 1 < kHour; ++at) {
    const auto event = EventOf(Second(at));
    as_it_is.push_back(event.SerializeAsString());
    world.thinner.On(event);
    ASSERT_EQ(world.given.size(), as_it_is.size());
    ASSERT_EQ(world.given.back().SerializeAsString(), as_it_is.back());
  }
}

TEST(Thinner, LaterSecondsAreFewerAndTheirSumIsTheSame) {
  World world;
  aggregate::Totals all, kept;
  const std::int64_t from = kHour - 5, to = 6 * kHour + 200;
  for (std::int64_t at = from; at < to; ++at) {
    all.Add(Second(at));
    world.thinner.On(EventOf(Second(at)));
  }
  world.thinner.Flush();
  std::int64_t next = from;
  for (const auto& delta : world.Seconds()) {
    EXPECT_EQ(delta.first_interval, next);
    next = delta.interval + 1;
    kept.Add(delta);
  }
  EXPECT_EQ(next, to);
  EXPECT_NEAR(static_cast<double>(world.Seconds().size()), 4 + 5 * 360 + 200 / 60 + 1, 3);
  ASSERT_EQ(kept.series.size(), all.series.size());
  for (const auto& [key, series] : all.series)
    EXPECT_EQ(kept.series.at(key).sink, series.sink) << key.first << " " << key.second;
  ASSERT_EQ(kept.checks.size(), all.checks.size());
  for (std::size_t i = 0; i < all.checks.size(); ++i) {
    EXPECT_EQ(kept.checks[i].name, all.checks[i].name);
    EXPECT_EQ(kept.checks[i].passes, all.checks[i].passes);
    EXPECT_EQ(kept.checks[i].fails, all.checks[i].fails);
  }
  EXPECT_EQ(kept.groups, all.groups);
}

TEST(Thinner, AMinutesManyValuesBecomeWhatTheTotalKeepsOfThem) {
  World world;
  aggregate::Totals all, kept;
  const std::int64_t from = 6 * kHour - 60, to = 6 * kHour + 1200;
  for (std::int64_t at = from; at < to; ++at) {
    metrics::Delta delta;
    delta.sequence = static_cast<std::uint64_t>(at + 1);
    delta.first_interval = delta.interval = at;
    for (const auto& [name, every, values] : {std::tuple{"many", 1, 5}, std::tuple{"few", 30, 1}}) {
      if (at % every != 0) continue;
      metrics::SeriesDelta series{name, "", metrics::ValueType::kTime, metrics::TrendSink()};
      for (int i = 0; i < values; ++i)
        metrics::Add(series.sink, std::sin(static_cast<double>(at * 7 + i)) * 100, {at, 1});
      delta.series.push_back(std::move(series));
    }
    all.Add(delta);
    world.thinner.On(EventOf(delta));
  }
  world.thinner.Flush();
  std::size_t histograms = 0, before = 0;
  for (const auto& delta : world.Seconds()) {
    kept.Add(delta);
    for (const auto& series : delta.series) {
      const auto& trend = std::get<metrics::TrendSink>(series.sink);
      if (trend.exact()) continue;
      EXPECT_EQ(series.metric, "many");
      ++(delta.interval < 6 * kHour ? before : histograms);
    }
  }
  EXPECT_GE(histograms, 15u);
  EXPECT_EQ(before, 0u);
  for (const auto& [key, series] : all.series) {
    EXPECT_EQ(kept.series.at(key).sink, series.sink) << key.first;
    EXPECT_EQ(std::get<metrics::TrendSink>(series.sink).exact(), key.first == "few");
  }
}

TEST(Thinner, WhatIsFewFindsItsSecondsBeforeIt) {
  World world;
  const auto second = [&](std::int64_t at) { world.thinner.On(EventOf(Second(at))); };
  const auto other = [&](auto set) {
    v1::RunEvent event;
    set(event);
    world.thinner.On(event);
  };
  second(2 * kHour);
  for (const char* crossed : {"first", "second"})
    other([&](auto& event) { event.mutable_thresholds()->add_crossed(crossed); });
  other([](auto& event) { event.mutable_progress()->set_active_vus(3); });
  other([](auto& event) { event.mutable_log()->set_message("line"); });
  ASSERT_EQ(world.given.size(), 1u);
  EXPECT_TRUE(world.given[0].has_log());
  second(2 * kHour + 1);
  other([](auto& event) { event.mutable_outcome(); });
  ASSERT_EQ(world.given.size(), 5u);
  ASSERT_TRUE(world.given[1].has_second());
  EXPECT_EQ(world.Seconds()[0].interval, 2 * kHour + 1);
  EXPECT_EQ(world.given[2].thresholds().crossed(0), "second");
  EXPECT_TRUE(world.given[3].has_progress());
  EXPECT_TRUE(world.given[4].has_outcome());
}

TEST(Thinner, OfAnAgentsHealthSumsAndTheWorstStay) {
  World world;
  const auto health = [&](std::uint32_t agent, std::int64_t used, std::int64_t late) {
    v1::RunEvent event;
    event.mutable_agent()->set_agent(agent);
    auto& now = *event.mutable_agent()->mutable_health()->mutable_health();
    now.mutable_cpu()->set_wall_ns(1000);
    now.mutable_cpu()->set_used_ns(used);
    now.mutable_loop_lag()->set_max_ns(late);
    world.thinner.On(event);
  };
  world.thinner.On(EventOf(Second(0)));
  health(1, 100, 5);
  ASSERT_EQ(world.given.size(), 2u);  // of the first hour as it is
  world.thinner.On(EventOf(Second(2 * kHour)));
  health(1, 100, 5);
  health(2, 10, 1);
  health(1, 300, 2);
  ASSERT_EQ(world.given.size(), 2u);
  world.thinner.Flush();
  ASSERT_EQ(world.given.size(), 5u);
  EXPECT_TRUE(world.given[2].has_second());
  const auto& first = world.given[3].agent().health().health();
  EXPECT_EQ(first.cpu().wall_ns(), 2000);
  EXPECT_EQ(first.cpu().used_ns(), 400);
  EXPECT_EQ(first.loop_lag().max_ns(), 5);
  EXPECT_EQ(world.given[4].agent().agent(), 2u);
}

TEST(Thinner, PassesOnWhatItCannotRead) {
  World world;
  v1::RunEvent event;
  event.set_at_ns(2 * kHour * 1'000'000'000);
  event.mutable_second()->set_delta("no delta");
  world.thinner.On(event);
  ASSERT_EQ(world.given.size(), 1u);
  EXPECT_EQ(world.given[0].second().delta(), "no delta");
}

}  // namespace
}  // namespace loadctl::record
