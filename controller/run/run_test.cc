#include "controller/run/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "controller/fleet/registry.h"
#include "controller/rest/view.h"
#include "controller/summary/from_text.h"

namespace loadctl::controller {
namespace {

using fleet::Event;
using summary::FromText;

constexpr int kAgents = 2;

/// Keeps what a run tells.
class Kept final : public events::Subscriber {
 public:
  void On(const v1::RunEvent& event) override { events.push_back(event); }
  [[nodiscard]] std::vector<v1::RunEvent> All(v1::RunEvent::BodyCase body) const {
    std::vector<v1::RunEvent> all;
    for (const auto& event : events)
      if (event.body_case() == body) all.push_back(event);
    return all;
  }
  std::vector<v1::RunEvent> events;
};

/// A run on agents that are nothing but what they are made to say, all of it beforehand.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    plan::Scenario scenario;
    scenario.name = "default";
    scenario.executor = plan::SharedIterations{2, 10};
    plan_.options.scenarios.push_back(scenario);
    plan_.options.thresholds.push_back({"iterations", {{"count==10", false, {}}}});
    plan_.requirements = plan::RequirementsOf(plan_.options.scenarios, plan::ExecutionTuple());
    inspection_.main_url = "file:///s.js";
    inspection_.bundle.Add("file:///s.js", "export default function () {}");
    inspection_.functions = {"default"};
    events_.Add(kept_);
    events_.Add(view_);
  }

  void Say(int agent, const std::string& message) {
    fleet_->Push({Event::Kind::kMessage, agent, FromText<v1::FromAgent>(message), ""});
  }
  void SayDelta(int agent, int second, double iterations, bool final) {
    metrics::Delta delta;
    delta.epoch = static_cast<std::uint64_t>(agent);
    delta.sequence = static_cast<std::uint64_t>(second) + 1;
    delta.first_interval = delta.interval = second;
    delta.final = final;
    delta.series.push_back(
        {"iterations", "", metrics::ValueType::kDefault, metrics::CounterSink::Of(iterations)});
    Event event{Event::Kind::kMessage, agent, {}, ""};
    event.message.set_delta(metrics::EncodeDelta(delta));
    fleet_->Push(std::move(event));
  }
  void Attach() {
    for (int agent = 1; agent <= kAgents; ++agent)
      fleet_->Push({Event::Kind::kAttached, agent, {}, ""});
  }
  /// 5 iterations each, in two seconds.
  void SayAll(int agent) {
    Say(agent, "ready { vus: 1 }");
    SayDelta(agent, 0, 2, false);
    SayDelta(agent, 1, 3, true);
    Say(agent, "run_done { planned: 5 started: 5 complete: 5 any_started: true }");
    Say(agent, "flushed { deltas: 2 health { loop_lag { samples: 7 } } }");
  }
  v1::Outcome Execute() {
    const RunInputs inputs{plan_, inspection_, kAgents, 0, 0, 0, {}, "s.js"};
    auto run = Run::Make(inputs, events_);
    EXPECT_TRUE(run) << run.error().message;
    return (*run)->Execute(*fleet_);
  }

  plan::Plan plan_;
  Inspection inspection_;
  fleet::Registry registry_{fleet::RegistryOptions{}};
  std::unique_ptr<fleet::Fleet> fleet_ = registry_.Expect(kAgents);
  events::Publisher events_;
  Kept kept_;
  rest::View view_;
};

TEST_F(RunTest, TellsEverythingInOrderAndTheOutcomeLast) {
  Attach();
  SayAll(1);
  SayAll(2);
  const v1::Outcome outcome = Execute();
  EXPECT_FALSE(outcome.has_error()) << outcome.error().message();
  EXPECT_TRUE(outcome.summary().complete());
  EXPECT_EQ(outcome.summary().ledger(1).health().loop_lag().samples(), 7u);

  ASSERT_FALSE(kept_.events.empty());
  EXPECT_EQ(kept_.events.front().planned().script(), "s.js");
  EXPECT_EQ(kept_.events.back().outcome().SerializeAsString(), outcome.SerializeAsString());
  std::uint64_t number = 0;
  std::int64_t at = 0;
  for (const auto& event : kept_.events) {
    EXPECT_EQ(event.number(), ++number);
    EXPECT_GE(event.at_ns(), at);
    at = event.at_ns();
  }
  std::vector<v1::RunProgress::Phase> phases;
  for (const auto& event : kept_.All(v1::RunEvent::kPhase)) phases.push_back(event.phase().phase());
  EXPECT_THAT(phases, testing::ElementsAre(v1::RunProgress::INIT, v1::RunProgress::SETUP,
                                           v1::RunProgress::RUNNING, v1::RunProgress::TEARDOWN,
                                           v1::RunProgress::ENDED));
  EXPECT_EQ(kept_.All(v1::RunEvent::kSecond).size(), 2u);
  EXPECT_EQ(kept_.All(v1::RunEvent::kAgent).size(), 6u);  // attached, ready and ledger of each
}

TEST_F(RunTest, WhoeverReadsTheEventsComesToTheSame) {
  Attach();
  SayAll(1);
  SayAll(2);
  const v1::Outcome outcome = Execute();
  auto results = Results::Make(kept_.events.front().planned());
  ASSERT_TRUE(results);
  for (const auto& event : kept_.events) {
    v1::RunEvent arrived;
    ASSERT_TRUE(arrived.ParseFromString(event.SerializeAsString()));
    results->On(arrived);
  }
  EXPECT_EQ(results->Conclude().summary().SerializeAsString(),
            outcome.summary().SerializeAsString());
}

TEST_F(RunTest, ALostAgentStopsTheRunAndIsTold) {
  Attach();
  SayAll(1);
  Say(2, "ready { vus: 1 }");
  fleet_->GiveUp(2, "its process ended");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().message(), "agent 2 of 2 was lost: its process ended");
  EXPECT_FALSE(outcome.summary().complete());
  const auto causes = kept_.All(v1::RunEvent::kCause);
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].cause().kind(), v1::EndCause::STOPPED);
}

TEST_F(RunTest, WithoutVusThereIsNoSummary) {
  Attach();
  Say(1, "ready { failure { code: 2 message: 'no VU' } }");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().message(), "no VU");
  EXPECT_EQ(outcome.hint(), "script exception");
  EXPECT_FALSE(outcome.has_summary());
  EXPECT_TRUE(kept_.events.back().has_outcome());
}

TEST_F(RunTest, TheViewAnswersWhatOnlyLooks) {
  using Kind = rest::Command::Kind;
  EXPECT_NE(view_.Answer({Kind::kStatus, {}, ""})->body.find("\"status\":0"), std::string::npos);
  EXPECT_FALSE(view_.Answer({Kind::kRunSetup, {}, ""}));
  Attach();
  SayAll(1);
  SayAll(2);
  Execute();
  EXPECT_NE(view_.Answer({Kind::kStatus, {}, ""})->body.find("\"status\":9"), std::string::npos);
  EXPECT_NE(view_.Answer({Kind::kMetric, {}, "iterations"})->body.find("\"count\":10"),
            std::string::npos);
  EXPECT_EQ(view_.Answer({Kind::kMetric, {}, "none"})->status, 404);
}

}  // namespace
}  // namespace loadctl::controller
