#include "controller/cli/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace loadctl::cli {
namespace {

namespace json = boost::json;
using plan::FailOn;
using testing::HasSubstr;
using testing::IsEmpty;

/// A run of one agent whose 10 iterations were all done.
v1::Outcome GoodOutcome() {
  v1::Outcome outcome;
  auto& summary = *outcome.mutable_summary();
  summary.set_complete(true);
  auto& entry = *summary.add_ledger();
  entry.set_agent(1);
  entry.set_balanced(true);
  auto& done = *entry.mutable_iterations();
  done.set_planned(10);
  done.set_started(10);
  done.set_complete(10);
  auto& requests = *summary.add_metrics();
  requests.set_name("http_reqs");
  requests.set_has_samples(true);
  requests.mutable_counter()->set_count(10);
  return outcome;
}

v1::RunDone& DoneOf(v1::Outcome& outcome) {
  return *outcome.mutable_summary()->mutable_ledger(0)->mutable_iterations();
}

std::string Judge(const std::vector<FailOn>& what, const v1::Outcome& outcome) {
  const auto error = JudgeFailOn(what, outcome);
  if (!error) return "";
  EXPECT_EQ(error->code, ErrorCode::kFailOn);
  return error->message;
}

json::object Read(const std::string& text) {
  EXPECT_TRUE(text.ends_with("}\n"));
  return json::parse(text).as_object();
}

TEST(FailOn, PassesWhatIsGood) {
  EXPECT_THAT(Judge({FailOn::kException, FailOn::kCheck, FailOn::kNoRequests, FailOn::kNoIterations,
                     FailOn::kMissedRate, FailOn::kNoData, FailOn::kOutputLoss},
                    GoodOutcome()),
              IsEmpty());
  EXPECT_THAT(Judge({FailOn::kNoRequests}, v1::Outcome()), IsEmpty()) << "nothing ran: no verdict";
}

TEST(FailOn, CountsOverAllAgents) {
  auto outcome = GoodOutcome();
  *outcome.mutable_summary()->add_ledger() = outcome.summary().ledger(0);
  outcome.mutable_summary()->mutable_ledger(1)->mutable_iterations()->set_exceptions(3);
  EXPECT_EQ(Judge({FailOn::kException}, outcome),
            "--fail-on exception: 3 of 20 iterations threw an exception");
  DoneOf(outcome).set_dropped(1);
  EXPECT_EQ(Judge({FailOn::kMissedRate}, outcome),
            "--fail-on missed-rate: 1 of 20 iterations were dropped");
}

TEST(FailOn, SaysTheFirstThatIsAskedFor) {
  auto outcome = GoodOutcome();
  DoneOf(outcome).set_exceptions(1);
  auto& checks = *outcome.mutable_summary()->add_metrics();
  checks.set_name("checks");
  checks.mutable_rate()->set_fails(2);
  checks.mutable_rate()->set_passes(3);
  EXPECT_EQ(Judge({FailOn::kCheck, FailOn::kException}, outcome),
            "--fail-on check: 2 of 5 checks failed");
  EXPECT_THAT(Judge({FailOn::kException, FailOn::kCheck}, outcome),
              HasSubstr("exception: 1 of 10"));
}

TEST(FailOn, NoRequestsMeansOfAnyProtocol) {
  auto outcome = GoodOutcome();
  outcome.mutable_summary()->clear_metrics();
  EXPECT_EQ(Judge({FailOn::kNoRequests}, outcome), "--fail-on no-requests: no request was made");
  auto& sessions = *outcome.mutable_summary()->add_metrics();
  sessions.set_name("ws_sessions");
  sessions.mutable_counter()->set_count(1);
  EXPECT_THAT(Judge({FailOn::kNoRequests}, outcome), IsEmpty());
}

TEST(FailOn, TimeWithoutVusIsAMissedRate) {
  auto outcome = GoodOutcome();
  auto& cpu = *outcome.mutable_summary()->mutable_ledger(0)->mutable_health()->mutable_cpu();
  cpu.set_wall_ns(12'000'000'000);
  cpu.set_stalled_ns(3'000'000'000);
  EXPECT_EQ(Judge({FailOn::kMissedRate}, outcome),
            "--fail-on missed-rate: agent 1 stood still for 25 % of the time");
}

TEST(FailOn, DataThatIsMissing) {
  auto outcome = GoodOutcome();
  auto& metric = *outcome.mutable_summary()->add_metrics();
  metric.set_name("http_req_duration{status:500}");
  metric.add_thresholds()->set_source("p(95)<200");
  EXPECT_EQ(Judge({FailOn::kNoData}, outcome),
            "--fail-on no-data: http_req_duration{status:500} has a threshold and no samples");
  auto& lost = *outcome.mutable_summary()->add_outputs();
  lost.set_output("json=out.json");
  lost.set_samples(120);
  lost.set_lost(5);
  EXPECT_EQ(Judge({FailOn::kOutputLoss}, outcome),
            "--fail-on output-loss: json=out.json: 5 of 120 samples were lost");
}

TEST(AllThrew, IsSaidOnlyIfAllDid) {
  auto outcome = GoodOutcome();
  EXPECT_THAT(AllThrew(outcome), IsEmpty());
  DoneOf(outcome).set_exceptions(9);
  EXPECT_THAT(AllThrew(outcome), IsEmpty());
  DoneOf(outcome).set_exceptions(10);
  EXPECT_THAT(AllThrew(outcome), HasSubstr("(10) threw"));
}

TEST(Verdict, HasAWordForEachEnd) {
  const auto outcome = GoodOutcome();
  const auto verdict = [&](std::optional<Error> error) {
    const json::object read = Read(VerdictJson(error, &outcome));
    EXPECT_EQ(read.at("code").as_int64(), error ? ExitStatus(error->code) : 0);
    EXPECT_EQ(read.at("cause").is_null(), !error);
    return std::string(read.at("verdict").as_string());
  };
  EXPECT_EQ(verdict(std::nullopt), "passed");
  EXPECT_EQ(verdict(Error{ErrorCode::kThresholds, "crossed"}), "failed");
  EXPECT_EQ(verdict(Error{ErrorCode::kMarkedFailed, "said so"}), "failed");
  EXPECT_EQ(verdict(Error{ErrorCode::kFailOn, "--fail-on"}), "failed");
  EXPECT_EQ(verdict(Error{ErrorCode::kSignal, "interrupt"}), "aborted");
  EXPECT_EQ(verdict(Error{ErrorCode::kScriptAborted, "abort"}), "aborted");
  EXPECT_EQ(verdict(Error{ErrorCode::kAgentLost, "lost"}), "incomplete");
  EXPECT_EQ(verdict(Error{ErrorCode::kInvalidConfig, "wrong"}), "error");
}

TEST(Verdict, OfAnIncompleteRunIsNeverPassed) {
  auto outcome = GoodOutcome();
  outcome.mutable_summary()->set_complete(false);
  auto& lost = *outcome.mutable_summary()->add_lost();
  lost.set_agent(1);
  const json::object read = Read(VerdictJson(std::nullopt, &outcome));
  EXPECT_EQ(read.at("verdict").as_string(), "incomplete");
  EXPECT_TRUE(read.at("agents").as_array().at(0).at("lost").as_bool());
}

TEST(Verdict, TellsLedgerAndThresholds) {
  auto outcome = GoodOutcome();
  auto& metric = *outcome.mutable_summary()->mutable_metrics(0);
  auto& judged = *metric.add_thresholds();
  judged.set_source("count>5");
  judged.set_value(10);
  judged.set_judged(true);
  judged.set_ok(true);
  auto& shown = *metric.add_thresholds();
  shown.set_source("count>50");
  shown.set_warn(true);
  shown.set_note("of the last 30s");

  const json::object read = Read(VerdictJson(std::nullopt, &outcome));
  const json::object& agent = read.at("agents").as_array().at(0).as_object();
  EXPECT_EQ(agent.at("planned").as_int64(), 10);
  EXPECT_EQ(agent.at("complete").as_int64(), 10);
  EXPECT_TRUE(agent.at("balanced").as_bool());
  const json::array& thresholds = read.at("thresholds").as_array();
  ASSERT_EQ(thresholds.size(), 2u);
  EXPECT_TRUE(thresholds[0].at("ok").as_bool());
  EXPECT_FALSE(thresholds[0].as_object().contains("level"));
  EXPECT_TRUE(thresholds[1].at("ok").is_null()) << "it was not judged";
  EXPECT_EQ(thresholds[1].at("level").as_string(), "warn");
  EXPECT_EQ(thresholds[1].at("note").as_string(), "of the last 30s");
}

TEST(Verdict, WhileTheRunGoesOnIsNotYetOne) {
  const json::object read = Read(RunningVerdictJson());
  EXPECT_EQ(read.at("verdict").as_string(), "running");
  EXPECT_TRUE(read.at("code").is_null());
  const json::object none = Read(VerdictJson(Error{ErrorCode::kScript, "no script"}, nullptr));
  EXPECT_EQ(none.at("verdict").as_string(), "error");
  EXPECT_EQ(none.at("code").as_int64(), 107);
  EXPECT_TRUE(none.at("agents").as_array().empty());
}

}  // namespace
}  // namespace loadctl::cli
