#include "controller/cli/kube_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadctl::cli {
namespace {

using testing::HasSubstr;

std::string Pod(const std::string& name, const std::string& part, const std::string& status) {
  return R"({"metadata":{"name":")" + name + R"(","labels":{"loadctl.dev/part":")" + part +
         R"("}},"status":)" + status + "}";
}

KubeState Read(const std::string& items) {
  const auto state = ReadKubePods(R"({"items":[)" + items + "]}");
  EXPECT_TRUE(state.has_value());
  return state.value_or(KubeState{});
}

TEST(KubeState, CountsWhatRuns) {
  const KubeState state = Read(
      Pod("c", "controller",
          R"({"phase":"Running","conditions":[{"type":"Ready","status":"True"}]})") +
      "," + Pod("a", "agent", R"({"phase":"Running"})") + "," +
      Pod("b", "agent",
          R"({"phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ContainerCreating"}}}]})"));
  EXPECT_TRUE(state.controller);
  EXPECT_EQ(state.agents, 1);
  EXPECT_EQ(state.agent_pods, 2);
  EXPECT_TRUE(state.obstacles.empty());
}

TEST(KubeState, TellsOfAnImageThatIsNotThere) {
  const KubeState state = Read(Pod(
      "a", "agent",
      R"({"phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling\nimage \"x\""}}}]})"));
  EXPECT_EQ(state.obstacles.at(0).text, "pod a: ImagePullBackOff: Back-off pulling image \"x\"");
  EXPECT_TRUE(state.obstacles.at(0).lasting);
}

TEST(KubeState, ANodeMayGetRoom) {
  const KubeState state = Read(Pod(
      "a", "agent",
      R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 Insufficient cpu."}]})"));
  EXPECT_THAT(state.obstacles.at(0).text,
              HasSubstr("pod a: Unschedulable: 0/1 nodes are available"));
  EXPECT_FALSE(state.obstacles.at(0).lasting);
}

TEST(KubeState, TellsHowAContainerEnded) {
  const KubeState state = Read(Pod(
      "a", "agent",
      R"({"phase":"Failed","containerStatuses":[{"state":{"terminated":{"reason":"OOMKilled","exitCode":137,"message":"a\nlast words\n"}}}]})"));
  EXPECT_EQ(state.obstacles.at(0).text, "pod a: it ended: OOMKilled, exit status 137: last words");
  EXPECT_EQ(state.agent_pods, 0);
  const KubeState evicted =
      Read(Pod("a", "agent", R"({"phase":"Failed","reason":"Evicted","message":"low on memory"})"));
  EXPECT_EQ(evicted.obstacles.at(0).text, "pod a: Evicted: low on memory");
}

TEST(KubeState, WhatIsNoListIsSaid) {
  for (const char* text : {"", "{}", "[]", R"({"items":{}})", "{\"items\":[1,{\"status\":2}]"})
    EXPECT_FALSE(ReadKubePods(text).has_value()) << text;
  EXPECT_EQ(Read(R"(1,{"status":2},{"status":{"phase":"Failed"}})").agents, 0);
}

TEST(KubeState, TellsWhyPodsAreNotMade) {
  const std::string list = R"({"items":[
    {"reason":"FailedCreate","involvedObject":{"name":"loadctl-1"},"lastTimestamp":"2026-01-01T00:00:02Z","message":"exceeded quota"},
    {"reason":"FailedCreate","involvedObject":{"name":"loadctl-1"},"lastTimestamp":"2026-01-01T00:00:01Z","message":"before"},
    {"reason":"FailedCreate","involvedObject":{"name":"loadctl-2"},"lastTimestamp":"2026-01-01T00:00:03Z","message":"another"}]})";
  const auto found = ReadKubeEvents(list, "loadctl-1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->text, "job loadctl-1: FailedCreate: exceeded quota");
  EXPECT_TRUE(found->lasting);
  EXPECT_FALSE(ReadKubeEvents(list, "loadctl-9").has_value());
  EXPECT_FALSE(ReadKubeEvents("no JSON", "loadctl-1").has_value());
}

}  // namespace
}  // namespace loadctl::cli
