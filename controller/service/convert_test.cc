#include "controller/service/convert.h"

#include <gtest/gtest.h>

#include <string>

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;

/// Everything that a plan has, of a script that has two files.
struct Planned {
  plan::Plan plan;
  controller::Inspection inspection;
  std::string packed, hash;

  Planned() {
    plan::Scenario scenario;
    scenario.name = "default";
    scenario.executor = plan::SharedIterations{};
    plan.options.scenarios.push_back(scenario);
    plan.options.thresholds.push_back({"iterations", {{"count>1", true, 2s}}});
    plan.runtime.env = {{"A", "1"}, {"not UTF-8 \xff", "\xfe"}};
    inspection.main_url = "file:///s.js";
    inspection.bundle.Add("file:///s.js", "export default function () {}");
    inspection.bundle.Add("file:///d.txt", std::string("\0\xff", 2));
    inspection.functions = {"default", "setup"};
    packed = inspection.bundle.Pack();
    hash = bundle::Sha256(packed);
  }
  [[nodiscard]] v1::Submission Submission() const {
    return ToProto(
        controller::RunInputs{plan, inspection, 3, 2, 16, 1 << 26, {true, false, true}, "s.js", {}},
        hash);
  }
};

TEST(Submission, ArrivesAsItWasSent) {
  const Planned planned;
  v1::Submission submission;
  ASSERT_TRUE(submission.ParseFromString(planned.Submission().SerializeAsString()));
  const auto run = FromProto(submission, planned.packed);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->plan.options, planned.plan.options);
  EXPECT_EQ(run->plan.runtime.env, planned.plan.runtime.env);
  EXPECT_EQ(run->plan.requirements.max_vus, 1);
  EXPECT_EQ(run->inspection.bundle.files(), planned.inspection.bundle.files());
  EXPECT_EQ(run->inspection.functions, planned.inspection.functions);
  EXPECT_EQ(run->agents, 3);
  EXPECT_EQ(run->workers, 2u);
  EXPECT_EQ(run->max_heap, 1u << 26);
  EXPECT_TRUE(run->display.no_color);
  EXPECT_TRUE(run->display.stderr_is_tty);
}

TEST(Submission, WhatIsWrongIsNamed) {
  const Planned planned;
  const auto error_of = [&](auto spoil, std::string packed) {
    auto submission = planned.Submission();
    spoil(submission);
    const auto run = FromProto(submission, packed);
    return run ? "" : run.error().message;
  };
  EXPECT_EQ(error_of([](auto& s) { s.set_agents(0); }, planned.packed),
            "the submission's number of agents is not 1..10000");
  EXPECT_EQ(error_of([](auto& s) { s.set_workers(1025); }, planned.packed),
            "the submission's number of workers is more than 1024");
  EXPECT_EQ(error_of([](auto& s) { s.set_vus_per_isolate(10'001); }, planned.packed),
            "the submission's number of VUs an isolate is more than 10000");
  for (const std::uint64_t heap : {std::uint64_t{1} << 20, std::uint64_t{1} << 41}) {
    EXPECT_EQ(error_of([&](auto& s) { s.set_max_heap(heap); }, planned.packed),
              "the submission's heap is not 4 MB to 1 TB");
  }
  EXPECT_EQ(error_of([](auto& s) { s.set_main_url("file:///x.js"); }, planned.packed),
            "the submission's main script is missing");
  EXPECT_NE(error_of([](auto&) {}, planned.packed + "x").find("the submission's bundle: "),
            std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.set_options_json("{"); }, planned.packed)
                .find("the submission's options: "),
            std::string::npos);
  EXPECT_EQ(error_of([](auto& s) { s.add_metrics()->set_type(static_cast<v1::Metric::Type>(9)); },
                     planned.packed),
            "the submission's metric '' is of no known type");
  Planned absurd;
  absurd.plan.options.scenarios[0].executor = plan::ConstantVus{plan::kMaxVus + 1, 1s};
  const auto run = FromProto(absurd.Submission(), absurd.packed);
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("scenario default: "), std::string::npos);
}

TEST(ApiRequest, ArrivesAsItWasSent) {
  rest::Command command{rest::Command::Kind::kChangeStatus, {}, "text"};
  command.change.paused = false;
  command.change.vus_max = 7;
  const auto request = ToProto(5, command);
  EXPECT_EQ(request.serial(), 5U);
  const auto back = std::get<rest::Command>(FromProto(request));
  EXPECT_EQ(back.kind, command.kind);
  EXPECT_EQ(back.text, "text");
  EXPECT_FALSE(back.change.stopped);
  EXPECT_EQ(back.change.paused, false);
  EXPECT_EQ(back.change.vus, std::nullopt);
  EXPECT_EQ(back.change.vus_max, 7);
}

TEST(ApiRequest, WhatNoClientSendsHasItsAnswer) {
  v1::ApiRequest request;
  request.set_kind(static_cast<v1::ApiRequest::Kind>(99));
  EXPECT_EQ(std::get<rest::Response>(FromProto(request)).status, 400);
  request.set_kind(v1::ApiRequest::SET_SETUP_DATA);
  request.set_text("{");
  EXPECT_EQ(std::get<rest::Response>(FromProto(request)).status, 400);
  v1::ApiResponse response;
  EXPECT_EQ(FromProto(response)->status, 502);
  response.set_done(true);
  EXPECT_FALSE(FromProto(response));
}

}  // namespace
}  // namespace loadctl::service
