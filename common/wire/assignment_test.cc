#include "common/wire/assignment.h"

#include <gtest/gtest.h>

namespace loadctl::wire {
namespace {

v1::Prepare Good() {
  plan::Options options;
  plan::Scenario scenario;
  scenario.name = "default";
  scenario.executor = plan::SharedIterations{3, 9};
  options.scenarios.push_back(scenario);
  const std::map<std::string, std::string> env = {{"NAME", "value"}};
  const std::vector<v1::Metric> metrics = {
      WriteMetric({"own", metrics::MetricType::kTrend, metrics::ValueType::kTime})};
  const std::vector<std::string> submetrics = {"http_req_duration{status:200}"};
  return WritePrepare(
      {RunId{"0123456789ab"}, "hash", "file:///s.js", options, env, metrics, submetrics, 3, 4, 5,
       kLeastHeap, true, true, plan::VuIsolation::kCompartment},
      2);
}

TEST(Assignment, HasBoundsForWhatBecomesThreadsAndMemory) {
  EXPECT_TRUE(ReadPrepare(Good()));
  v1::Prepare prepare = Good();
  prepare.set_workers(kMaxWorkers + 1);
  EXPECT_EQ(ReadPrepare(prepare).error().message, "more than 1024 workers are asked for");
  prepare = Good();
  prepare.set_vus_per_isolate(kMaxVusPerIsolate + 1);
  EXPECT_EQ(ReadPrepare(prepare).error().message, "more than 10000 VUs an isolate are asked for");
  prepare = Good();
  prepare.set_vu_isolation(static_cast<v1::VuIsolation>(7));
  EXPECT_EQ(ReadPrepare(prepare).error().message, "an unknown isolation of VUs is asked for");
  for (const std::uint64_t heap : {std::uint64_t{1}, kLeastHeap - 1, kMaxHeap + 1}) {
    prepare = Good();
    prepare.set_max_heap(heap);
    EXPECT_EQ(ReadPrepare(prepare).error().message, "a heap of 4 MB to 1 TB can be asked for");
  }
}

TEST(Assignment, IsReadAsItWasWritten) {
  v1::Prepare come;
  ASSERT_TRUE(come.ParseFromString(Good().SerializeAsString()));
  const auto prepared = ReadPrepare(come);
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_EQ(prepared->run.text, "0123456789ab");
  const auto own = prepared->metrics.Find("own");
  ASSERT_TRUE(own);
  EXPECT_EQ(prepared->metrics.metric(*own).type, metrics::MetricType::kTrend);
  EXPECT_EQ(prepared->metrics.metric(*own).contains, metrics::ValueType::kTime);
  EXPECT_EQ(prepared->env.at("NAME"), "value");
  EXPECT_EQ(prepared->bundle_hash + " " + prepared->main_url, "hash file:///s.js");
  EXPECT_EQ(prepared->agents, 3u);
  EXPECT_EQ(prepared->workers, 4u);
  EXPECT_EQ(prepared->vus_per_isolate, 5u);
  EXPECT_EQ(prepared->max_heap, kLeastHeap);
  EXPECT_TRUE(prepared->samples && prepared->parts);
  EXPECT_FALSE(prepared->cpu_profile || prepared->debugging);
  EXPECT_EQ(prepared->vu_isolation, plan::VuIsolation::kCompartment);
  ASSERT_EQ(prepared->assignments.size(), 1u);
  const Assignment& assignment = prepared->assignments[0];
  EXPECT_EQ(assignment.id, 2u);
  EXPECT_EQ(plan::VusOf(prepared->options.scenarios[0], assignment.share), 1);
}

TEST(Assignment, WhatCannotBeIsNamed) {
  const auto error_of = [](const auto& spoil) {
    auto prepare = Good();
    spoil(prepare);
    const auto prepared = ReadPrepare(prepare);
    return prepared ? "" : prepared.error().message;
  };
  EXPECT_EQ(error_of([](auto& p) { p.clear_assignments(); }),
            "an agent takes 1 to 64 assignments of a run, not 0");
  EXPECT_EQ(error_of([](auto& p) {
              for (int i = 0; i < 64; ++i) *p.add_assignments() = p.assignments(0);
            }),
            "an agent takes 1 to 64 assignments of a run, not 65");
  EXPECT_EQ(error_of([](auto& p) { *p.add_assignments() = p.assignments(0); }),
            "assignment 2 is given twice");
  EXPECT_EQ(error_of([](auto& p) { p.mutable_assignments(0)->set_id(0); }),
            "an assignment has no id");
  EXPECT_NE(error_of([](auto& p) { p.mutable_assignments(0)->set_segment("1/5:2/5"); }), "");
  EXPECT_NE(error_of([](auto& p) { p.set_options_json("{"); }), "");
}

TEST(RunId, IsRandom) {
  EXPECT_EQ(RunId::Random().text.size(), 12u);
  EXPECT_NE(RunId::Random(), RunId::Random());
}

}  // namespace
}  // namespace loadctl::wire
