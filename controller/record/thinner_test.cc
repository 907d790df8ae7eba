#include "controller/record/thinner.h"

#include <gtest/gtest.h>

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
