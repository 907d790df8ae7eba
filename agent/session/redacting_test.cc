#include "agent/session/redacting.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::session {
namespace {

const std::string kMask(secrets::Redactor::kMask);

v1::FromAgent Said(const v1::FromAgent& message) {
  secrets::Redactor redactor;
  redactor.Add("s3cr3t");
  struct Link final : AgentLink {
    void Send(v1::FromAgent message) override { sent = std::move(message); }
    void Tell(v1::FromAgent) override {}
    [[nodiscard]] std::size_t Backlog() const override { return 0; }
    v1::FromAgent sent;
  } link;
  RedactingLink(link, redactor).Send(message);
  return link.sent;
}

TEST(Redacting, LinesAndTheirFields) {
  v1::FromAgent message;
  auto* line = message.mutable_logs()->add_lines();
  line->set_message("got s3cr3t");
  line->add_fields("source");
  line->add_fields("xs3cr3tx");
  message = Said(message);
  EXPECT_EQ(message.logs().lines(0).message(), "got " + kMask);
  EXPECT_EQ(message.logs().lines(0).fields(1), "x" + kMask + "x");
}

TEST(Redacting, FailuresAndAborts) {
  v1::FromAgent message;
  message.mutable_ready()->mutable_failure()->set_message("no s3cr3t");
  EXPECT_EQ(Said(message).ready().failure().message(), "no " + kMask);
  message.mutable_test_stopped()->set_message("s3cr3t");
  EXPECT_EQ(Said(message).test_stopped().message(), kMask);
}

TEST(Redacting, FilesOfHandleSummaryButNotSetupData) {
  v1::FromAgent message;
  auto* done = message.mutable_call_done();
  done->set_result_json("\"s3cr3t\"");
  done->add_files()->set_path("s3cr3t.json");
  done->mutable_files(0)->set_content("{\"a\":\"s3cr3t\"}");
  message = Said(message);
  EXPECT_EQ(message.call_done().result_json(), "\"s3cr3t\"");
  EXPECT_EQ(message.call_done().files(0).path(), kMask + ".json");
  EXPECT_EQ(message.call_done().files(0).content(), "{\"a\":\"" + kMask + "\"}");
}

TEST(Redacting, ChecksThatLookAlikeBecomeOne) {
  secrets::Redactor redactor;
  redactor.Add("one");
  redactor.Add("two");
  metrics::Recorder::Collected all;
  all.checks = {{"", "is one", 3, 1, 0},
                {"::g", "plain", 1, 0, 0},
                {"", "is two", 4, 2, 0},
                {"::one", "x", 1, 0, 0}};
  all.groups = {"::one", "::g", "::two"};
  metrics::CounterSink counted;
  counted.Add(2);
  const auto metric = static_cast<metrics::MetricId>(0);
  all.parts = {{{metric, "?one"}, counted}, {{metric, "?two"}, counted}, {{metric, "?"}, counted}};
  Redact(all, redactor);
  ASSERT_EQ(all.checks.size(), 3u);
  EXPECT_EQ(all.checks[0], (metrics::CheckDelta{"", "is " + kMask, 7, 3, 0}));
  EXPECT_EQ(all.checks[1], (metrics::CheckDelta{"::g", "plain", 1, 0, 0}));
  EXPECT_EQ(all.checks[2], (metrics::CheckDelta{"::" + kMask, "x", 1, 0, 0}));
  EXPECT_EQ(all.groups, (std::vector<std::string>{"::" + kMask, "::g"}));
  ASSERT_EQ(all.parts.size(), 2u);
  EXPECT_EQ(std::get<metrics::CounterSink>(all.parts.at({metric, "?" + kMask})).sum(), 4);
  EXPECT_EQ(std::get<metrics::CounterSink>(all.parts.at({metric, "?"})).sum(), 2);
}

}  // namespace
}  // namespace loadctl::session
