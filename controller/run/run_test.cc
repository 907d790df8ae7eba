#include "controller/run/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "controller/fleet/registry.h"
#include "controller/run/run_testing.h"
#include "controller/summary/from_text.h"

namespace loadctl::controller {
namespace {

using fleet::Event;
using summary::FromText;

constexpr int kAgents = 2;

/// A run on agents that are nothing but what they are made to say, all of it beforehand. Over real
/// streams it is in controller/service/whole_run_test.cc.
class RunTest : public testing::Test {
 protected:
  RunTest() { events_.Add(kept_); }

  void Attach(int clock_samples = 1) {
    fleet::AgentInfo info;
    info.clock_samples = clock_samples;
    for (int agent = 1; agent <= kAgents; ++agent) fleet_->Impersonate(agent, info);
  }
  void Say(int agent, const std::string& message) {
    fleet_->Push({Event::Kind::kMessage, agent, FromText<v1::FromAgent>(message), ""});
  }
  void SayAll(const std::string& message) {
    for (int agent = 1; agent <= kAgents; ++agent) Say(agent, message);
  }
  void SayDelta(int agent, double iterations, bool final, std::uint64_t epoch = 0,
                std::int64_t heap = 0) {
    metrics::Delta delta;
    delta.epoch = epoch != 0 ? epoch : static_cast<std::uint64_t>(agent);
    delta.sequence = final ? 2 : 1;
    delta.first_interval = delta.interval = final ? 1 : 0;
    delta.final = final;
    if (iterations > 0) {
      delta.series.push_back(
          {"iterations", "", metrics::ValueType::kDefault, metrics::CounterSink::Of(iterations)});
    }
    Event event{Event::Kind::kMessage, agent, {}, ""};
    event.message.mutable_delta()->set_assignment(static_cast<std::uint32_t>(agent));
    event.message.mutable_delta()->set_encoded(metrics::EncodeDelta(delta));
    if (heap != 0) event.message.mutable_delta()->mutable_health()->set_heap_bytes(heap);
    fleet_->Push(std::move(event));
  }
  /// What each agent says of its five iterations, from its VUs to its last figures.
  void SayWholeRun(int complete = 5) {
    SayAll("ready { vus: 1 }");
    for (int agent = 1; agent <= kAgents; ++agent) SayDelta(agent, complete, false);
    const std::string counts = "started: 5 complete: " + std::to_string(complete) +
                               " interrupted: " + std::to_string(5 - complete);
    SayAll("run_done { planned: 5 any_started: true " + counts + " scenarios { name: 'default' " +
           counts + " } }");
  }
  void SayFlushed() {
    for (int agent = 1; agent <= kAgents; ++agent) SayDelta(agent, 0, true);
    SayAll("flushed { deltas: 2 }");
  }
  v1::Outcome Execute() {
    const RunInputs inputs = test_.Inputs(kAgents);
    auto run = Run::Make(inputs, events_);
    EXPECT_TRUE(run) << run.error().message;
    return (*run)->Execute(*fleet_);
  }
  [[nodiscard]] std::vector<v1::RunProgress::Phase> Phases() const {
    std::vector<v1::RunProgress::Phase> phases;
    for (const auto& event : kept_.All(v1::RunEvent::kPhase))
      phases.push_back(event.phase().phase());
    return phases;
  }

  SmallTest test_;
  fleet::Registry registry_{fleet::RegistryOptions{}};
  std::unique_ptr<fleet::Fleet> fleet_ = registry_.Expect(kAgents);
  events::Publisher events_;
  KeptEvents kept_;
};

TEST_F(RunTest, AWholeRunIsBalancedAndPasses) {
  Attach();
  SayWholeRun();
  SayFlushed();
  const v1::Outcome outcome = Execute();
  EXPECT_FALSE(outcome.has_error()) << outcome.error().message();
  EXPECT_TRUE(outcome.summary().complete());
  EXPECT_THAT(Phases(), testing::ElementsAre(v1::RunProgress::INIT, v1::RunProgress::SETUP,
                                             v1::RunProgress::RUNNING, v1::RunProgress::TEARDOWN,
                                             v1::RunProgress::ENDED));
}

TEST_F(RunTest, WhatAnAgentSaysOfItsHealthIsTold) {
  Attach();
  SayAll("ready { vus: 1 } ");
  SayAll("progress { active_vus: 1 initialized_vus: 1 }");
  SayDelta(1, 5, false, 0, 1 << 20);
  SayDelta(2, 5, false);
  SayAll(
      "run_done { planned: 5 any_started: true started: 5 complete: 5 "
      "scenarios { name: 'default' started: 5 complete: 5 } }");
  SayFlushed();
  EXPECT_FALSE(Execute().has_error());
  std::vector<v1::AgentEvent> told;
  for (const auto& event : kept_.All(v1::RunEvent::kAgent))
    if (event.agent().has_health()) told.push_back(event.agent());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].agent(), 1u);
  EXPECT_EQ(told[0].health().health().heap_bytes(), 1 << 20);
  EXPECT_EQ(told[0].health().active_vus(), 1);
  EXPECT_GE(told[0].health().delay_ns(), 0);
}

TEST_F(RunTest, OneThatSaysAnImpossibleHealthIsLost) {
  Attach();
  SayWholeRun();
  SayDelta(1, 0, true);
  SayDelta(2, 0, true, 0, -1);
  SayAll("flushed { deltas: 2 }");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);
  EXPECT_THAT(outcome.error().message(), testing::HasSubstr("impossible health"));
}

TEST_F(RunTest, SetupsDataIsKeptAndTeardownsFailureIsTheRuns) {
  test_.inspection.functions = {"default", "setup", "teardown"};
  Attach();
  SayAll("ready { vus: 1 }");
  Say(1, "call_done { function: SETUP has_result: true result_json: '[1]' }");
  for (int agent = 1; agent <= kAgents; ++agent) SayDelta(agent, 5, false);
  const std::string counts = "started: 5 complete: 5";
  SayAll("run_done { planned: 5 any_started: true " + counts + " scenarios { name: 'default' " +
         counts + " } }");
  Say(1, "call_done { function: TEARDOWN failure { code: TEARDOWN_TIMEOUT message: 'late' } }");
  SayFlushed();
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.summary().setup_data_json(), "[1]");
  EXPECT_EQ(outcome.error().message(), "late");
  EXPECT_EQ(outcome.error().code(), v1::Failure::TEARDOWN_TIMEOUT);
  EXPECT_EQ(outcome.hint(), "You can increase the time limit via the teardownTimeout option");
}

TEST_F(RunTest, WhatAgentsCountMustBeWhatTheirFiguresSay) {
  auto& scenario = test_.plan.options.scenarios[0];
  std::get<plan::SharedIterations>(scenario.executor).max_duration = std::chrono::milliseconds(1);
  scenario.graceful_stop = std::chrono::nanoseconds(0);
  Attach();
  SayWholeRun(4);  // and a fifth iteration that was cut at the end of its time
  SayFlushed();
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::THRESHOLDS) << outcome.error().message();
  EXPECT_TRUE(outcome.summary().complete());
}

TEST_F(RunTest, IterationsAreNotCutBeforeTheirTimeIsOver) {
  Attach();
  SayWholeRun(4);
  SayFlushed();
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);
  EXPECT_THAT(outcome.error().message(), testing::HasSubstr("cut off iterations of scenario"));
}

TEST_F(RunTest, AnAgentWithoutAClockCannotStart) {
  Attach(0);
  SayWholeRun();
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);
  EXPECT_THAT(outcome.error().message(), testing::HasSubstr("what time its clock shows"));
}

TEST_F(RunTest, AnInterruptStopsTheAgentsAndTheirFiguresCount) {
  Attach();
  SayAll("ready { vus: 1 }");
  for (int agent = 1; agent <= kAgents; ++agent) SayDelta(agent, 3, false);
  fleet_->Push({Event::Kind::kInterrupt, 0, {}, ReceivedSignal("interrupt")});
  const std::string counts = "started: 4 complete: 3 interrupted: 1";
  SayAll("run_done { planned: 5 any_started: true " + counts + " scenarios { name: 'default' " +
         counts + " } }");
  SayFlushed();
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::SIGNAL);
  EXPECT_EQ(outcome.error().message(),
            "test run was aborted because loadctl received a 'interrupt' signal");
  EXPECT_TRUE(outcome.summary().complete());
}

TEST_F(RunTest, ALostAgentStopsTheRunAndIsTold) {
  Attach();
  SayAll("ready { vus: 1 }");
  fleet_->GiveUp(2, "its process ended");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().message(), "agent 2 of 2 was lost: its process ended");
  EXPECT_FALSE(outcome.summary().complete());
  const auto causes = kept_.All(v1::RunEvent::kCause);
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].cause().kind(), v1::EndCause::STOPPED);
}

TEST_F(RunTest, AnAgentThatIsGivenUpSaysNothingMore) {
  Attach();
  SayWholeRun();
  SayDelta(1, 0, true);
  SayDelta(2, 0, true, 7);
  SayAll("flushed { deltas: 2 }");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);
  EXPECT_EQ(outcome.error().message(),
            "agent 2 of 2 was lost: its figures do not follow those before");
  EXPECT_FALSE(outcome.summary().complete());
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

TEST_F(RunTest, OfTimeLimitsOnlyATimeoutHints) {
  Attach();
  Say(1, "ready { failure { code: INVALID_CONFIG message: 'option tlsAuth[0].cert' } }");
  const v1::Outcome outcome = Execute();
  EXPECT_EQ(outcome.error().message(), "option tlsAuth[0].cert");
  EXPECT_EQ(outcome.hint(), "");
}

}  // namespace
}  // namespace loadctl::controller
