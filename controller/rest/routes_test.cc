#include "controller/rest/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadctl::rest {
namespace {

using Kind = Command::Kind;
using testing::HasSubstr;

Command CommandOf(std::string_view method, std::string_view target, std::string_view body = "") {
  auto routed = Route(method, target, body);
  const auto* command = std::get_if<Command>(&routed);
  EXPECT_NE(command, nullptr) << method << " " << target;
  return command == nullptr ? Command{} : *command;
}

Response ResponseOf(std::string_view method, std::string_view target, std::string_view body = "") {
  auto routed = Route(method, target, body);
  const auto* response = std::get_if<Response>(&routed);
  EXPECT_NE(response, nullptr) << method << " " << target;
  return response == nullptr ? Response{} : *response;
}

TEST(Routes, AreThoseOfK6) {
  EXPECT_EQ(CommandOf("GET", "/v1/status").kind, Kind::kStatus);
  EXPECT_EQ(CommandOf("PATCH", "/v1/status", "{}").kind, Kind::kChangeStatus);
  EXPECT_EQ(CommandOf("GET", "/v1/metrics").kind, Kind::kMetrics);
  EXPECT_EQ(CommandOf("GET", "/v1/groups").kind, Kind::kGroups);
  EXPECT_EQ(CommandOf("GET", "/v1/groups/ab12").text, "ab12");
  EXPECT_EQ(CommandOf("GET", "/v1/setup").kind, Kind::kSetupData);
  EXPECT_EQ(CommandOf("POST", "/v1/setup", "whatever").kind, Kind::kRunSetup);
  EXPECT_EQ(CommandOf("POST", "/v1/teardown").kind, Kind::kRunTeardown);
  EXPECT_EQ(CommandOf("GET", "/loadctl/run").kind, Kind::kRun);
}

TEST(Routes, TakeTheNameOfAMetric) {
  EXPECT_EQ(CommandOf("GET", "/v1/metrics/http_reqs").text, "http_reqs");
  EXPECT_EQ(CommandOf("GET", "/v1/metrics/a{status:200}").text, "a{status:200}");
}

TEST(Routes, AnswerOtherPathsAndMethodsAsK6) {
  EXPECT_EQ(ResponseOf("DELETE", "/ping").body, "ok");
  EXPECT_EQ(ResponseOf("GET", "/").body, "ok");
  EXPECT_EQ(ResponseOf("GET", "/v1").body, "ok");
  EXPECT_EQ(ResponseOf("GET", "/v1/nope").status, 404);
  EXPECT_EQ(ResponseOf("DELETE", "/v1/status").status, 405);
  EXPECT_EQ(ResponseOf("HEAD", "/v1/metrics/x").status, 405);
  EXPECT_EQ(ResponseOf("GET", "/v1/teardown").status, 405);
  EXPECT_EQ(ResponseOf("GET", "/metrics").status, 200);
  EXPECT_EQ(ResponseOf("GET", "/metrics").body.find("# HELP process_"), 0u);
  EXPECT_EQ(ResponseOf("GET", "/debug/vars/").status, 501);
  EXPECT_EQ(ResponseOf("GET", "/debug/pprof/heap").status, 501);
}

TEST(Routes, TakeAnyJsonAsSetupData) {
  EXPECT_EQ(CommandOf("PUT", "/v1/setup", R"({"a":[1]})").text, R"({"a":[1]})");
  EXPECT_EQ(CommandOf("PUT", "/v1/setup", "").text, "");
  EXPECT_EQ(CommandOf("PUT", "/v1/setup", "null").text, "null");
  const Response bad = ResponseOf("PUT", "/v1/setup", "{");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr(R"("title":"Error parsing request body")"));
}

TEST(StatusChange, ReadsAttributesAlone) {
  const auto change = ParseStatusChange(
      R"({"data":{"id":7,"attributes":{"paused":false,"vus":3,"vus-max":null,"more":{}}},"x":1})");
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_FALSE(change->stopped);
  EXPECT_EQ(change->paused, false);
  EXPECT_EQ(change->vus, 3);
  EXPECT_EQ(change->vus_max, std::nullopt);
  EXPECT_TRUE(ParseStatusChange(R"({"data":{"attributes":{"stopped":true}}})")->stopped);
  EXPECT_TRUE(ParseStatusChange("{}"));
  EXPECT_TRUE(ParseStatusChange(R"({"data":null})"));
}

TEST(StatusChange, NamesWhatIsWrong) {
  const auto problem = [](const std::string& attributes) {
    const auto change = ParseStatusChange(R"({"data":{"attributes":)" + attributes + "}}");
    return change ? "none" : change.error().message;
  };
  EXPECT_EQ(problem("[]"), "data.attributes is not an object");
  EXPECT_EQ(problem(R"({"paused":1})"), "data.attributes.paused is not true or false");
  EXPECT_EQ(problem(R"({"vus":"3"})"), "data.attributes.vus is not an integer of 64 bits");
  EXPECT_EQ(problem(R"({"vus":1.5})"), "data.attributes.vus is not an integer of 64 bits");
  EXPECT_EQ(problem(R"({"vus-max":18446744073709551615})"),
            "data.attributes.vus-max is not an integer of 64 bits");
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string("[]"), std::string(100'000, '['),
        std::string("\xff{}"), std::string("{}{}"), std::string(R"({"data":3})")})
    EXPECT_FALSE(ParseStatusChange(bad)) << bad.substr(0, 20);
}

}  // namespace
}  // namespace loadctl::rest
