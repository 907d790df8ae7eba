#include "controller/results/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "common/metrics/delta.h"
#include "common/plan/options.h"
#include "common/wire/codes.h"
#include "controller/summary/from_text.h"

namespace loadctl::controller {
namespace {

using namespace std::chrono_literals;
using summary::FromText;
using testing::ElementsAre;

v1::Planned Plan(const std::string& metric = "iterations",
                 const std::string& threshold = "count>=10", bool abort = false) {
  plan::Options options;
  options.scenarios.emplace_back().name = "default";
  options.thresholds = {{metric, {{threshold, abort, 0s}}}};
  options.system_tags = {"expected_response"};
  v1::Planned planned;
  planned.set_options_json(plan::OptionsToJson(options));
  planned.set_agents(2);
  return planned;
}

Results Make(const v1::Planned& planned) {
  auto results = Results::Make(planned);
  LOADCTL_CHECK(results, results.error().message);
  return std::move(*results);
}

v1::RunEvent Event(const std::string& text, std::chrono::nanoseconds at = 0s) {
  auto event = FromText<v1::RunEvent>(text);
  event.set_number(1);
  event.set_at_ns(at.count());
  return event;
}

v1::RunEvent Second(std::int64_t interval, double iterations) {
  metrics::Delta delta;
  delta.sequence = static_cast<std::uint64_t>(interval) + 1;
  delta.first_interval = delta.interval = interval;
  delta.series.push_back(
      {"iterations", "", metrics::ValueType::kDefault, metrics::CounterSink::Of(iterations)});
  v1::RunEvent event;
  event.set_number(1);
  event.set_at_ns(std::chrono::nanoseconds((interval + 1) * 1s).count());
  event.mutable_second()->set_delta(metrics::EncodeDelta(delta));
  return event;
}

v1::RunEvent Ledger(int agent, int complete, bool balanced = true) {
  v1::RunEvent event = Event("", 2s);
  event.mutable_agent()->set_agent(static_cast<std::uint32_t>(agent));
  auto& entry = *event.mutable_agent()->mutable_ledger();
  entry.mutable_iterations()->set_complete(complete);
  entry.set_balanced(balanced);
  return event;
}

TEST(Results, AddUpToASummaryAndPass) {
  auto results = Make(Plan());
  EXPECT_THAT(results.submetrics(), ElementsAre("http_req_duration{expected_response:true}"));
  results.On(Second(0, 4));
  results.On(Second(1, 6));
  results.On(Ledger(1, 7));
  results.On(Ledger(2, 3));
  results.On(Event(R"pb(setup_data { json: "[1]" })pb", 2s));
  const v1::Outcome outcome = results.Conclude();
  EXPECT_FALSE(outcome.has_error()) << outcome.error().message();
  const auto& summary = outcome.summary();
  EXPECT_TRUE(summary.complete());
  EXPECT_EQ(summary.agents(), 2u);
  EXPECT_EQ(summary.duration_ns(), 2'000'000'000);
  EXPECT_EQ(summary.setup_data_json(), "[1]");
  ASSERT_EQ(summary.ledger_size(), 2);
  EXPECT_EQ(summary.ledger(1).agent(), 2u);
  ASSERT_EQ(summary.metrics_size(), 1);
  EXPECT_EQ(summary.metrics(0).counter().count(), 10);
  EXPECT_EQ(summary.metrics(0).counter().rate(), 5);
  EXPECT_TRUE(summary.metrics(0).thresholds(0).ok());
  EXPECT_TRUE(summary.metrics(0).thresholds(0).judged());
}

TEST(Results, ACrossedThresholdFailsARunThatIsWhole) {
  auto results = Make(Plan());
  results.On(Second(0, 4));
  results.On(Ledger(1, 4));
  results.On(Ledger(2, 0));
  const v1::Outcome outcome = results.Conclude();
  EXPECT_EQ(outcome.error().code(), v1::Failure::THRESHOLDS);
  EXPECT_EQ(outcome.error().message(), "thresholds on metrics 'iterations' have been crossed");
}

TEST(Results, DroppedIterationsAreCountedTwice) {
  auto results = Make(Plan());
  results.On(Second(0, 10));
  v1::RunEvent drops = Ledger(1, 10);
  drops.mutable_agent()->mutable_ledger()->mutable_iterations()->set_dropped(5);
  results.On(drops);
  results.On(Ledger(2, 0));
  const v1::Outcome outcome = results.Conclude();
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);
  EXPECT_EQ(outcome.error().message(), "the agents dropped 5 iterations, but 0.000000 were merged");
}

TEST(Results, MoreDroppedIterationsThanNumbersAreBelieved) {
  auto results = Make(Plan());
  metrics::Delta delta;
  delta.sequence = 1;
  for (const auto& one : {std::pair("iterations", 10.0), {"dropped_iterations", 2.7e19}})
    delta.series.push_back(
        {one.first, "", metrics::ValueType::kDefault, metrics::CounterSink::Of(one.second)});
  v1::RunEvent second = Event("", 1s);
  second.mutable_second()->set_delta(metrics::EncodeDelta(delta));
  results.On(second);
  v1::RunEvent drops = Ledger(1, 10);
  drops.mutable_agent()->mutable_ledger()->mutable_iterations()->set_dropped(
      std::numeric_limits<std::int64_t>::max());
  results.On(drops);
  results.On(Ledger(2, 0));
  const v1::Outcome outcome = results.Conclude();
  EXPECT_FALSE(outcome.has_error()) << outcome.error().message();
}

TEST(Results, WhatIsMissingIsNotJudged) {
  auto mismatch = Make(Plan());
  mismatch.On(Second(0, 4));
  mismatch.On(Ledger(1, 3));
  mismatch.On(Ledger(2, 0));
  v1::Outcome outcome = mismatch.Conclude();
  EXPECT_FALSE(outcome.summary().complete());
  EXPECT_FALSE(outcome.summary().metrics(0).thresholds(0).judged());
  EXPECT_EQ(outcome.error().code(), v1::Failure::AGENT_LOST);

  auto silent = Make(Plan());  // agent 2 has no entry
  silent.On(Second(0, 4));
  silent.On(Ledger(1, 4));
  outcome = silent.Conclude();
  EXPECT_EQ(outcome.error().message(), "the ledger of agent 2 of 2 does not balance");

  auto missed = Make(Plan());
  missed.On(Second(0, 4));
  missed.On(FromText<v1::RunEvent>("missed { seconds: 1 }"));
  missed.On(Ledger(1, 4));
  missed.On(Ledger(2, 0));
  EXPECT_FALSE(missed.Conclude().summary().complete());
}

TEST(Results, ALostAgentIsNamedAndTheCauseStands) {
  auto results = Make(Plan());
  results.On(Event(R"pb(agent { agent: 2 lost: "killed" })pb", 1500ms));
  results.On(Event(R"pb(cause {
                          kind: STOPPED
                          error { code: 11 message: "gone" }
                        })pb",
                   1500ms));
  const v1::Outcome outcome = results.Conclude();
  EXPECT_EQ(outcome.error().message(), "gone");
  ASSERT_EQ(outcome.summary().lost_size(), 1);
  EXPECT_EQ(outcome.summary().lost(0).agent(), 2u);
  EXPECT_EQ(outcome.summary().lost(0).at_ns(), 1'500'000'000);
  EXPECT_EQ(outcome.summary().lost(0).reason(), "killed");
  EXPECT_FALSE(outcome.summary().complete());
}

v1::EndCause Cause(v1::EndCause::Kind kind, ErrorCode code) {
  v1::EndCause cause;
  cause.set_kind(kind);
  cause.mutable_error()->set_code(wire::ToProto(code));
  return cause;
}

v1::RunEvent Told(const v1::EndCause& cause) {
  v1::RunEvent event;
  *event.mutable_cause() = cause;
  return event;
}

TEST(Results, TheFirstCauseStandsButForThresholdsOfALostAgent) {
  auto results = Make(Plan());
  const auto thresholds = Cause(v1::EndCause::STOPPED, ErrorCode::kThresholds);
  const auto signal = Cause(v1::EndCause::STOPPED, ErrorCode::kSignal);
  const auto lost = Cause(v1::EndCause::STOPPED, ErrorCode::kAgentLost);
  EXPECT_TRUE(results.Outweighs(thresholds));
  results.On(Told(thresholds));
  EXPECT_FALSE(results.Outweighs(signal));
  results.On(Told(signal));
  EXPECT_EQ(results.stopped()->code, ErrorCode::kThresholds);
  EXPECT_TRUE(results.Outweighs(lost));
  results.On(Told(lost));
  EXPECT_EQ(results.stopped()->code, ErrorCode::kAgentLost);
  EXPECT_FALSE(results.Outweighs(thresholds));
}

TEST(Results, AFailureAndAMarkCountAfterWhatStoppedTheRun) {
  auto marked = Make(Plan("iterations", "count>=0"));
  marked.On(Ledger(1, 0));
  marked.On(Ledger(2, 0));
  marked.On(Told(Cause(v1::EndCause::MARKED, ErrorCode::kMarkedFailed)));
  EXPECT_EQ(marked.Conclude().error().message(), "test run was marked as failed");
  marked.On(Told(Cause(v1::EndCause::FAILED, ErrorCode::kSetupTimeout)));
  EXPECT_EQ(marked.Conclude().error().code(), v1::Failure::SETUP_TIMEOUT);
  marked.On(Told(Cause(v1::EndCause::STOPPED, ErrorCode::kSignal)));
  EXPECT_EQ(marked.Conclude().error().code(), v1::Failure::SIGNAL);
}

TEST(Results, JudgeWhileTheRunGoesOn) {
  auto results = Make(Plan("iterations", "count<5", true));
  EXPECT_FALSE(results.Judge(1s).abort());
  results.On(Second(0, 7));
  const auto state = results.Judge(1s);
  EXPECT_TRUE(state.abort());
  EXPECT_THAT(state.crossed(), ElementsAre("iterations"));
  ASSERT_EQ(state.metrics_size(), 1);
  EXPECT_EQ(state.metrics(0).thresholds(0).value(), 7);
  EXPECT_FALSE(results.thresholds());
  v1::RunEvent event;
  *event.mutable_thresholds() = state;
  results.On(event);
  EXPECT_TRUE(results.thresholds());
  EXPECT_FALSE(results.Snapshot(1s).metrics(0).thresholds(0).ok());
}

TEST(Results, AThresholdOnNoMetricIsRefused) {
  const auto results = Results::Make(Plan("unknown"));
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::kInvalidConfig);
}

}  // namespace
}  // namespace loadctl::controller
