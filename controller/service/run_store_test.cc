#include "controller/service/run_store.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Request Asked(const std::string& script) {
  Request request;
  request.submission.set_script(script);
  request.submission.set_agents(2);
  request.client = "host:1";
  return request;
}

v1::RunEvent Numbered(std::uint64_t number) {
  v1::RunEvent event;
  event.set_number(number);
  return event;
}
v1::RunEvent Log(std::uint64_t number, std::size_t size = 10) {
  auto event = Numbered(number);
  event.mutable_log()->set_message(std::string(size, 'x'));
  return event;
}
v1::RunEvent Outcome(std::uint64_t number) {
  auto event = Numbered(number);
  event.mutable_outcome()->mutable_error()->set_code(v1::Failure::THRESHOLDS);
  return event;
}

fleet::SharedQuotas QuotasOf(std::int64_t runs, std::int64_t bytes) {
  auto quotas = std::make_shared<fleet::Quotas>();
  quotas->Set(fleet::Quota::kRuns, runs);
  quotas->Set(fleet::Quota::kRunBytes, bytes);
  return quotas;
}

TEST(RunStore, TakesOneRunAtATime) {
  RunStore store;
  EXPECT_FALSE(store.WhyBusy());
  const auto run = store.Submit(Asked("a.js"));
  ASSERT_TRUE(run);
  EXPECT_EQ((*run)->Info().state(), v1::RunInfo::WAITING);
  const auto second = store.Submit(Asked("b.js"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "the controller is busy with the run of host:1: it does one at a time");
  EXPECT_EQ(store.Next(Clock::now() + 10s), *run);
  EXPECT_EQ((*run)->Begin().submission.script(), "a.js");
  EXPECT_EQ(store.Next(Clock::now()), nullptr);
  EXPECT_EQ((*run)->Info().state(), v1::RunInfo::RUNNING);
  (*run)->On(Outcome(1));
  EXPECT_EQ((*run)->Info().state(), v1::RunInfo::ENDED);
  EXPECT_EQ((*run)->Info().error().code(), v1::Failure::THRESHOLDS);
  EXPECT_TRUE(store.Submit(Asked("b.js")));
  const auto list = store.Runs();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]->Info().script(), "b.js");
}

TEST(RunStore, KeepsTheLastRuns) {
  RunStore store(QuotasOf(3, 1000));
  for (int i = 0; i < 10; ++i) store.Add(Asked(std::to_string(i)))->On(Outcome(1));
  const auto list = store.Runs();
  ASSERT_LE(list.size(), 4u);
  EXPECT_EQ(list[0]->Info().script(), "9");
}

TEST(RunStore, FindsARunByTheBeginningOfItsId) {
  RunStore store;
  const auto run = store.Add(Asked("a.js"));
  const std::string id = run->id().text;
  EXPECT_EQ(*store.Find(id), run);
  EXPECT_EQ(*store.Find(id.substr(0, 5)), run);
  EXPECT_FALSE(store.Find(""));
  EXPECT_FALSE(store.Find("xyz"));
  run->On(Outcome(1));
  for (int i = 0; i < 19; ++i) store.Add(Asked("b.js"))->On(Outcome(1));
  // 20 ids, 16 first digits.
  int several = 0;
  for (const char digit : std::string("0123456789abcdef"))
    several += store.Find(std::string(1, digit)) ? 0 : 1;
  EXPECT_GT(several, 0);
}

TEST(RunStore, StopsTheRunThatGoesOnOrWaits) {
  RunStore store;
  const auto run = store.Submit(Asked("a.js"));
  ASSERT_TRUE(run);
  EXPECT_TRUE(store.Stop(**run, "anything"));  // before it has begun
  std::string stopped;
  store.OnStop([&](const std::string& signal) { stopped = signal; });
  EXPECT_EQ(stopped, "interrupt");
  EXPECT_TRUE(store.Stop(**run, "terminated"));
  EXPECT_EQ(stopped, "terminated");
  (*run)->On(Outcome(1));
  EXPECT_FALSE(store.Stop(**run, "interrupt"));
}

TEST(StoredRun, GivesWhatCameAfterANumber) {
  StoredRun run(RunId::Random(), Asked("a.js"), QuotasOf(20, 1 << 20));
  for (std::uint64_t i = 1; i <= 5; ++i) run.On(Log(i));
  const auto events = run.After(3, Clock::now());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].number(), 4u);
  EXPECT_TRUE(run.After(5, Clock::now()).empty());
}

TEST(StoredRun, KeepsNoRawSamples) {
  StoredRun run(RunId::Random(), Asked("a.js"), QuotasOf(20, 1 << 20));
  auto samples = Numbered(1);
  samples.mutable_samples()->set_chunk("x");
  run.On(samples);
  run.On(Log(2));
  EXPECT_EQ(run.After(0, Clock::now()).size(), 1u);
}

TEST(StoredRun, OfProgressTheNewestStays) {
  StoredRun run(RunId::Random(), Asked("a.js"), QuotasOf(20, 1 << 20));
  for (std::uint64_t i = 1; i <= 50; ++i) {
    auto event = Numbered(i);
    event.mutable_progress()->set_complete_iterations(static_cast<std::int64_t>(i));
    run.On(event);
  }
  const auto events = run.After(0, Clock::now());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].progress().complete_iterations(), 50);
}

TEST(StoredRun, OfEachAgentsHealthTheNewestStaysInItsPlace) {
  StoredRun run(RunId::Random(), Asked("a.js"), QuotasOf(20, 1 << 20));
  const auto health = [&](std::uint64_t number, std::uint32_t agent) {
    auto event = Numbered(number);
    event.mutable_agent()->set_agent(agent);
    event.mutable_agent()->mutable_health();
    run.On(event);
  };
  run.On(Log(1));
  for (std::uint64_t i = 2; i <= 50; ++i) health(i, i % 2);
  run.On(Log(51));
  const auto numbers = [&](std::uint64_t after) {
    std::vector<std::uint64_t> all;
    for (const auto& event : run.After(after, Clock::now())) all.push_back(event.number());
    return all;
  };
  EXPECT_EQ(numbers(0), (std::vector<std::uint64_t>{1, 49, 50, 51}));
  EXPECT_EQ(numbers(49), (std::vector<std::uint64_t>{50, 51}));
  health(52, 1);
  EXPECT_EQ(numbers(51), (std::vector<std::uint64_t>{52}));
}

TEST(StoredRun, DropsTheOldestAndSaysSo) {
  StoredRun run(RunId::Random(), Asked("a.js"), QuotasOf(20, 1000));
  auto planned = Numbered(1);
  planned.mutable_planned();
  run.On(planned);
  for (std::uint64_t i = 2; i <= 101; ++i) run.On(Log(i, 100));
  run.On(Outcome(102));
  const auto events = run.After(0, Clock::now());
  ASSERT_GE(events.size(), 4u);
  EXPECT_TRUE(events[0].has_missed());
  EXPECT_TRUE(events[1].has_planned());
  EXPECT_TRUE(events.back().has_outcome());
  EXPECT_EQ(events[0].missed().logs() + (events.size() - 3), 100u);
  // Who has had the dropped ones is not told of them.
  EXPECT_FALSE(run.After(100, Clock::now())[0].has_missed());
}

}  // namespace
}  // namespace loadctl::service
