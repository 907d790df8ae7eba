#include "controller/aggregate/aggregate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace loadctl::aggregate {
namespace {

using metrics::CounterSink;
using metrics::Delta;
using metrics::GaugeSink;
using metrics::SeriesDelta;
using metrics::Sink;
using metrics::TrendSink;
using metrics::ValueType;
using testing::ElementsAre;

/// An aggregate and what its seconds add up to.
struct Summed {
  explicit Summed(int agents) : aggregate(agents, [this](const Delta& second) { Take(second); }) {}
  void Take(const Delta& second) {
    EXPECT_EQ(second.agent, 0);
    EXPECT_EQ(second.sequence, ++seconds);
    // As it is told to others.
    const auto arrived = metrics::DecodeDelta(metrics::EncodeDelta(second));
    ASSERT_TRUE(arrived) << arrived.error().message;
    sums.Add(*arrived);
  }
  [[nodiscard]] Acceptance Add(Delta delta) { return aggregate.Add(std::move(delta)); }
  void MarkLost(int number) { aggregate.MarkLost(number); }
  void Finish() { aggregate.Finish(); }
  [[nodiscard]] const Totals& totals() const { return sums; }
  [[nodiscard]] const AgentDeltas& agent(int number) const { return aggregate.agent(number); }

  Totals sums;
  std::uint64_t seconds = 0;
  Aggregate aggregate;
};

Delta Of(int agent, std::uint64_t sequence, std::int64_t interval) {
  Delta delta;
  delta.agent = agent;
  delta.epoch = 100 + static_cast<std::uint64_t>(agent);
  delta.sequence = sequence;
  delta.first_interval = delta.interval = interval;
  return delta;
}

Delta Counting(int agent, std::uint64_t sequence, std::int64_t interval, double count) {
  Delta delta = Of(agent, sequence, interval);
  delta.series.push_back({"iterations", "", ValueType::kDefault, CounterSink::Of(count)});
  return delta;
}

Delta Gauging(int agent, std::uint64_t sequence, std::int64_t interval, const std::string& metric,
              double value) {
  Delta delta = Of(agent, sequence, interval);
  GaugeSink gauge;
  gauge.Add(value, {interval * 1'000'000'000, 0});
  delta.series.push_back({metric, "", ValueType::kDefault, gauge});
  return delta;
}

double Sum(const Summed& aggregate, std::string_view metric = "iterations") {
  const MergedSeries* series = aggregate.totals().Find(metric, "");
  return series == nullptr ? -1 : std::get<CounterSink>(series->sink).sum();
}

GaugeSink Gauge(const Summed& aggregate, std::string_view metric) {
  const MergedSeries* series = aggregate.totals().Find(metric, "");
  return series == nullptr ? GaugeSink() : std::get<GaugeSink>(series->sink);
}

TEST(Aggregate, MergesASecondWhenAllAgentsDeliveredIt) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Counting(1, 1, 0, 5)), Acceptance::kAccepted);
  EXPECT_EQ(Sum(aggregate), -1);
  EXPECT_EQ(aggregate.totals().interval, -1);
  EXPECT_EQ(aggregate.Add(Counting(1, 2, 1, 7)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(2, 1, 0, 1)), Acceptance::kAccepted);
  EXPECT_EQ(Sum(aggregate), 6);
  EXPECT_EQ(aggregate.totals().interval, 0);
  EXPECT_EQ(aggregate.agent(1).delivered, 2u);
  EXPECT_EQ(aggregate.agent(1).merged, 1u);
}

TEST(Aggregate, RepeatsChangeNothing) {
  Summed aggregate(1);
  const Delta delta = Counting(1, 1, 0, 5);
  EXPECT_EQ(aggregate.Add(delta), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(delta), Acceptance::kRepeat);
  EXPECT_EQ(Sum(aggregate), 5);
  EXPECT_EQ(aggregate.agent(1).repeats, 1u);
}

TEST(Aggregate, RefusesWhatCannotBeRight) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Counting(3, 1, 0, 1)), Acceptance::kUnknownAgent);
  EXPECT_EQ(aggregate.Add(Counting(0, 1, 0, 1)), Acceptance::kUnknownAgent);
  EXPECT_EQ(aggregate.Add(Counting(1, 2, 0, 1)), Acceptance::kGap);
  EXPECT_EQ(aggregate.Add(Counting(1, 0, 0, 1)), Acceptance::kGap);
  EXPECT_EQ(aggregate.Add(Counting(1, 1, 4, 1)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(1, 2, 3, 1)), Acceptance::kInvalid);  // time runs backwards
  EXPECT_EQ(aggregate.Add(Counting(1, 2, 4, 1)), Acceptance::kInvalid);  // a second told twice
  Delta other = Counting(1, 2, 5, 1);
  other.epoch = 1;
  EXPECT_EQ(aggregate.Add(other), Acceptance::kWrongEpoch);
  Delta typed = Of(2, 1, 0);
  typed.series.push_back({"iterations", "", ValueType::kDefault, TrendSink()});
  EXPECT_EQ(aggregate.Add(typed), Acceptance::kInvalid);
  Delta last = Counting(1, 2, 5, 1);
  last.final = true;
  EXPECT_EQ(aggregate.Add(last), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(1, 3, 6, 1)), Acceptance::kAfterFinal);
  aggregate.MarkLost(2);
  EXPECT_EQ(aggregate.Add(Counting(2, 1, 0, 1)), Acceptance::kLost);
  EXPECT_EQ(Sum(aggregate), 2);
  EXPECT_EQ(aggregate.agent(1).refused, 6u);
  EXPECT_NE(aggregate.agent(2).refusal, "");
}

TEST(Aggregate, FinalAndLostAgentsHoldNobodyBack) {
  Summed aggregate(3);
  Delta last = Counting(1, 1, 0, 1);
  last.final = true;
  EXPECT_EQ(aggregate.Add(last), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(2, 1, 0, 10)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(2, 2, 1, 10)), Acceptance::kAccepted);
  EXPECT_EQ(Sum(aggregate), -1);
  aggregate.MarkLost(3);
  EXPECT_EQ(Sum(aggregate), 21);
  EXPECT_EQ(aggregate.totals().interval, 1);
  EXPECT_TRUE(aggregate.agent(3).lost);
}

TEST(Aggregate, FinishMergesWhatIsThere) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Counting(1, 1, 7, 3)), Acceptance::kAccepted);
  aggregate.Finish();
  EXPECT_EQ(Sum(aggregate), 3);
  EXPECT_EQ(aggregate.totals().interval, 7);
}

TEST(Aggregate, TotalsNeverMixSeconds) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Counting(1, 1, 0, 1)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Counting(2, 1, 0, 1)), Acceptance::kAccepted);
  Delta wide = Counting(1, 2, 3, 10);  // seconds 1 to 3 in one
  wide.first_interval = 1;
  EXPECT_EQ(aggregate.Add(wide), Acceptance::kAccepted);
  for (int second = 1; second <= 2; ++second) {
    EXPECT_EQ(aggregate.Add(Counting(2, 1 + static_cast<unsigned>(second), second, 100)),
              Acceptance::kAccepted);
    EXPECT_EQ(Sum(aggregate), 2);
    EXPECT_EQ(aggregate.totals().interval, 0);
  }
  EXPECT_EQ(aggregate.Add(Counting(2, 4, 3, 100)), Acceptance::kAccepted);
  EXPECT_EQ(Sum(aggregate), 312);
  EXPECT_EQ(aggregate.totals().interval, 3);
}

TEST(Aggregate, VusAreTheSumOfTheAgents) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Gauging(1, 1, 0, "vus", 3)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Of(2, 1, 0)), Acceptance::kAccepted);
  EXPECT_TRUE(Gauge(aggregate, "vus").empty());  // agent 2 has not said its part
  EXPECT_EQ(aggregate.Add(Gauging(1, 2, 1, "vus", 4)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Gauging(2, 2, 1, "vus", 6)), Acceptance::kAccepted);
  EXPECT_EQ(Gauge(aggregate, "vus").value(), 10);
  EXPECT_EQ(aggregate.Add(Gauging(1, 3, 2, "vus", 1)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Of(2, 3, 2)), Acceptance::kAccepted);  // silent: still 6
  EXPECT_EQ(Gauge(aggregate, "vus").value(), 7);
  EXPECT_EQ(Gauge(aggregate, "vus").min(), 7);
  EXPECT_EQ(Gauge(aggregate, "vus").max(), 10);
  aggregate.MarkLost(2);
  EXPECT_EQ(aggregate.Add(Gauging(1, 4, 3, "vus", 2)), Acceptance::kAccepted);
  EXPECT_EQ(Gauge(aggregate, "vus").value(), 2);
}

TEST(Aggregate, OtherGaugesAreTheLastByTimeThenAgent) {
  Summed aggregate(2);
  EXPECT_EQ(aggregate.Add(Gauging(2, 1, 0, "mine", 8)), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(Gauging(1, 1, 0, "mine", 9)), Acceptance::kAccepted);
  EXPECT_EQ(Gauge(aggregate, "mine").value(), 8);  // as late, and of agent 2
  EXPECT_EQ(Gauge(aggregate, "mine").max(), 9);
}

TEST(Aggregate, ChecksKeepTheOrderOfFirstUse) {
  Summed aggregate(2);
  Delta one = Of(1, 1, 0), two = Of(2, 1, 0), three = Of(1, 2, 1), four = Of(2, 2, 1);
  one.checks = {{"::g", "b", 1, 0, 7}, {"", "a", 1, 2, 3}};
  one.groups = {"::x", "::g"};
  two.checks = {{"", "c", 4, 0, 0}, {"", "a", 1, 0, 1}};
  three.checks = {{"::h", "z", 1, 0, 8}};
  EXPECT_EQ(aggregate.Add(two), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(one), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(three), Acceptance::kAccepted);
  EXPECT_EQ(aggregate.Add(four), Acceptance::kAccepted);
  std::vector<std::string> names;
  for (const MergedCheck& check : aggregate.totals().checks) names.push_back(check.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "z"));
  EXPECT_EQ(aggregate.totals().checks[0].passes, 2);
  EXPECT_EQ(aggregate.totals().checks[0].fails, 2);
  EXPECT_THAT(aggregate.totals().groups, ElementsAre("::x", "::g", "", "::h"));
}

// Random runs: whatever the order of arrival, repeats included, the totals are those of one sink.
TEST(Aggregate, ArrivalOrderAndRepeatsDoNotMatter) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    const int agents = 1 + static_cast<int>(random() % 5);
    Summed aggregate(agents);
    TrendSink all;
    std::vector<std::vector<Delta>> queues(static_cast<std::size_t>(agents));
    for (int agent = 1; agent <= agents; ++agent) {
      std::int64_t second = 0;
      for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) {
        Delta delta = Of(agent, sequence, second + static_cast<std::int64_t>(random() % 3));
        delta.first_interval = second;
        second = delta.interval + 1;
        TrendSink trend;
        for (auto n = random() % 200; n > 0; --n) {
          const double value = static_cast<double>(random() % 1'000'000'000) / 1e6;
          trend.Add(value);
          all.Add(value);
        }
        delta.series.push_back({"http_req_duration", "", ValueType::kTime, trend});
        delta.final = sequence == 10;
        queues[static_cast<std::size_t>(agent - 1)].push_back(delta);
      }
    }
    std::vector<std::size_t> sent(queues.size(), 0);
    for (;;) {
      const std::size_t agent = random() % queues.size();
      if (sent[agent] < queues[agent].size()) {
        ASSERT_EQ(aggregate.Add(queues[agent][sent[agent]++]), Acceptance::kAccepted);
      }
      if (sent[agent] > 0 && random() % 2) {
        ASSERT_EQ(aggregate.Add(queues[agent][random() % sent[agent]]), Acceptance::kRepeat);
      }
      if (std::all_of(sent.begin(), sent.end(), [](auto n) { return n == 10; })) break;
    }
    ASSERT_EQ(std::get<TrendSink>(aggregate.totals().Find("http_req_duration", "")->sink), all);
    for (int agent = 1; agent <= agents; ++agent) ASSERT_EQ(aggregate.agent(agent).merged, 10u);
  }
}

}  // namespace
}  // namespace loadctl::aggregate
