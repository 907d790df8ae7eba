#include "controller/events/queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "controller/events/publisher.h"

namespace loadctl::events {
namespace {

/// Keeps what it gets; stands still until it is let go.
class Gate final : public Subscriber {
 public:
  explicit Gate(bool open) : open_(open) {}
  void On(const v1::RunEvent& event) override {
    std::unique_lock lock(mutex_);
    ++inside_;
    wake_.notify_all();
    wake_.wait(lock, [this] { return open_; });
    got_.push_back(event);
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }
  void AwaitFirst() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return inside_ > 0; });
  }
  [[nodiscard]] const std::vector<v1::RunEvent>& got() const { return got_; }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_;
  int inside_ = 0;
  std::vector<v1::RunEvent> got_;
};

v1::RunEvent Log(const std::string& message) {
  v1::RunEvent event;
  event.mutable_log()->set_message(message);
  return event;
}
v1::RunEvent Progress(std::int64_t complete) {
  v1::RunEvent event;
  event.mutable_progress()->set_complete_iterations(complete);
  return event;
}
v1::RunEvent Outcome() {
  v1::RunEvent event;
  event.mutable_outcome();
  return event;
}

TEST(Publisher, NumbersAndStampsForAll) {
  Gate first(true), second(true);
  Publisher publisher;
  publisher.Add(first);
  publisher.Add(second);
  publisher.Publish(Log("a"), std::chrono::nanoseconds(0));
  publisher.Publish(Log("b"), std::chrono::nanoseconds(7));
  ASSERT_EQ(first.got().size(), 2u);
  ASSERT_EQ(second.got().size(), 2u);
  EXPECT_EQ(first.got()[0].number(), 1u);
  EXPECT_EQ(second.got()[1].number(), 2u);
  EXPECT_EQ(second.got()[1].at_ns(), 7);
  EXPECT_GT(second.got()[1].unix_ns(), 0);
}

TEST(Queue, DeliversInOrderAndTheOutcomeWaitsForAll) {
  Gate gate(true);
  Queue queue(gate);
  for (int i = 0; i < 100; ++i) queue.On(Log(std::to_string(i)));
  queue.On(Outcome());
  ASSERT_EQ(gate.got().size(), 101u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(gate.got()[static_cast<std::size_t>(i)].log().message(), std::to_string(i));
}

TEST(Queue, ASlowSubscriberMissesAndIsTold) {
  Gate gate(false);
  {
    Queue queue(gate, 1000);
    queue.On(Log("first"));
    gate.AwaitFirst();
    for (int i = 0; i < 100; ++i) queue.On(Log(std::string(100, 'x')));
    v1::RunEvent second;
    second.mutable_second()->set_delta(std::string(1000, 'd'));
    queue.On(second);
    v1::RunEvent agent;  // is never dropped
    agent.mutable_agent()->set_agent(3);
    queue.On(agent);
    auto& health = *agent.mutable_agent()->mutable_health();  // but for this
    for (auto set : {&v1::StartLag::set_avg, &v1::StartLag::set_p95, &v1::StartLag::set_p99,
                     &v1::StartLag::set_max})
      (health.mutable_start_lag()->*set)(1);
    for (auto set : {&v1::AgentHealth::set_delay_ns, &v1::AgentHealth::set_round_trip_ns})
      (health.*set)(1);
    health.mutable_health()->mutable_cpu()->set_wall_ns(1);
    health.mutable_health()->mutable_loop_lag()->set_max_ns(1);
    queue.On(agent);
    gate.Open();
    queue.On(Outcome());
  }
  std::uint64_t logs = 0, missed = 0;
  bool agent = false;
  for (const auto& event : gate.got()) {
    if (event.has_log()) ++logs;
    if (event.has_agent()) agent = true;
    EXPECT_FALSE(event.has_agent() && event.agent().has_health());
    if (!event.has_missed()) continue;
    missed += event.missed().logs();
    EXPECT_EQ(event.missed().seconds(), 1u);
    EXPECT_EQ(event.number(), 0u);
    EXPECT_FALSE(agent) << "it is told before what comes after";
  }
  EXPECT_LT(logs, 101u);
  EXPECT_EQ(logs + missed, 101u);
  EXPECT_TRUE(agent);
  EXPECT_TRUE(gate.got().back().has_outcome());
}

TEST(Queue, OfProgressTheNewestWaits) {
  Gate gate(false);
  Queue queue(gate);
  queue.On(Log("first"));
  gate.AwaitFirst();
  for (int i = 1; i <= 50; ++i) queue.On(Progress(i));
  gate.Open();
  queue.On(Outcome());
  ASSERT_EQ(gate.got().size(), 3u);
  EXPECT_EQ(gate.got()[1].progress().complete_iterations(), 50);
}

TEST(Queue, WhatWaitsIsDeliveredAtItsEnd) {
  Gate gate(true);
  {
    Queue queue(gate);
    for (int i = 0; i < 10; ++i) queue.On(Log("line"));
  }
  EXPECT_EQ(gate.got().size(), 10u);
}

}  // namespace
}  // namespace loadctl::events
