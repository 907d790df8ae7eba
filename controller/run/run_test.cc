#include "controller/run/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "controller/fleet/registry.h"
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

/// A run on agents that are nothing but what they are made to say, all of it beforehand: up to the
/// start, which is for agents with a clock (controller/service/whole_run_test.cc).
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
  }

  void Say(int agent, const std::string& message) {
    fleet_->Push({Event::Kind::kMessage, agent, FromText<v1::FromAgent>(message), ""});
  }
  void Attach() {
    for (int agent = 1; agent <= kAgents; ++agent)
      fleet_->Push({Event::Kind::kAttached, agent, {}, ""});
  }
  v1::Outcome Execute() {
    const RunInputs inputs{plan_, inspection_, kAgents, 0, 0, 0, {}, "s.js", {}};
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
};

TEST_F(RunTest, ALostAgentStopsTheRunAndIsTold) {
  Attach();
  Say(1, "ready { vus: 1 }");
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
  Say(1, "ready { failure { code: SCRIPT message: 'no VU' } }");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().message(), "no VU");
  EXPECT_EQ(outcome.hint(), "script exception");
  EXPECT_FALSE(outcome.has_summary());
  EXPECT_TRUE(kept_.events.back().has_outcome());
}

}  // namespace
}  // namespace loadctl::controller
