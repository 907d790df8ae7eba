#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "controller/doctor/certificates.h"
#include "controller/doctor/check.h"
#include "controller/doctor/fleet.h"
#include "controller/doctor/machine.h"
#include "controller/doctor/reach.h"

namespace loadctl::doctor {
namespace {

/// A machine that nothing is wrong with.
Machine Good() {
  Machine machine;
  machine.descriptors = machine.most_descriptors = 1'048'576;
  machine.processes = 30'000;
  machine.memory = std::uint64_t{8} << 30;
  machine.available_memory = std::uint64_t{6} << 30;
  machine.mappings = 262'144;
  machine.somaxconn = 4096;
  machine.first_port = 1024;
  machine.last_port = 65'535;
  machine.tcp_tw_reuse = 1;
  machine.cores = machine.usable_cores = 4;
  machine.governor = "performance";
  machine.clock_synchronized = true;
  machine.cgroup = 2;
  machine.landlock = 3;
  machine.seccomp = true;
  return machine;
}

const Check& Named(const Checks& checks, const std::string& name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const Check& check) { return check.name == name; });
  static const Check none;
  EXPECT_NE(found, checks.end()) << name;
  return found == checks.end() ? none : *found;
}

TEST(Doctor, AGoodMachineIsOkAndNeedsNoCure) {
  for (const Check& check : JudgeMachine(Good())) {
    EXPECT_EQ(check.state, State::kOk) << check.name << ": " << check.found;
    EXPECT_EQ(check.cure, "") << check.name;
    EXPECT_NE(check.found, "") << check.name;
  }
}

TEST(Doctor, EachThingThatIsWrongIsNamedWithItsCure) {
  struct Case {
    const char* name;
    void (*spoil)(Machine&);
    State state;
    const char* cure;
  };
  const Case cases[] = {
      {"descriptors", [](Machine& m) { m.most_descriptors = 1024; }, State::kWarn, "ulimit -Hn"},
      {"descriptors", [](Machine& m) { m.most_descriptors = 32; }, State::kFail, "ulimit -Hn"},
      {"processes", [](Machine& m) { m.processes = 100; }, State::kWarn, "ulimit -u"},
      {"memory", [](Machine& m) { m.available_memory = 1 << 20; }, State::kWarn, "larger machine"},
      {"mappings", [](Machine& m) { m.mappings = 1000; }, State::kWarn, "vm.max_map_count"},
      {"local ports", [](Machine& m) { m.first_port = 60'000; }, State::kWarn,
       "ip_local_port_range"},
      {"local ports", [](Machine& m) { m.last_port = 1; }, State::kWarn, "ip_local_port_range"},
      {"tcp_tw_reuse", [](Machine& m) { m.tcp_tw_reuse = 2; }, State::kWarn, "tcp_tw_reuse=1"},
      {"somaxconn", [](Machine& m) { m.somaxconn = 128; }, State::kWarn, "somaxconn"},
      {"processor", [](Machine& m) { m.cpus = 0.5; }, State::kWarn, "whole core"},
      {"steal", [](Machine& m) { m.steal = 0.05; }, State::kWarn, "cores of its own"},
      {"steal", [](Machine& m) { m.steal = 0.5; }, State::kFail, "cores of its own"},
      {"governor", [](Machine& m) { m.governor = "powersave"; }, State::kWarn, "cpupower"},
      {"clock", [](Machine& m) { m.clock_synchronized = false; }, State::kWarn, "chrony"},
      {"landlock", [](Machine& m) { m.landlock = 0; }, State::kWarn, "5.13"},
      {"seccomp", [](Machine& m) { m.seccomp = false; }, State::kWarn, "CONFIG_SECCOMP_FILTER"}};
  for (const Case& one : cases) {
    Machine machine = Good();
    one.spoil(machine);
    const Checks checks = JudgeMachine(machine);
    EXPECT_EQ(Named(checks, one.name).state, one.state) << one.name;
    EXPECT_NE(Named(checks, one.name).cure.find(one.cure), std::string::npos) << one.name;
    EXPECT_EQ(std::count_if(checks.begin(), checks.end(),
                            [](const Check& check) { return check.state != State::kOk; }),
              1)
        << one.name;
  }
}

TEST(Doctor, WhatTheKernelDoesNotTellIsNoFault) {
  Machine machine;
  machine.most_descriptors = 65'536;
  machine.landlock = 1;
  machine.seccomp = true;
  EXPECT_EQ(Worst(JudgeMachine(machine)), State::kOk);
}

TEST(Doctor, ThisMachineIsRead) {
  const Machine machine = ReadMachine(std::chrono::milliseconds(1));
  EXPECT_GT(machine.most_descriptors, 0u);
  EXPECT_GT(machine.memory.value_or(0), std::uint64_t{1} << 20);
  EXPECT_LE(machine.available_memory.value_or(0), machine.memory.value_or(0));
  EXPECT_GE(machine.cores, 1u);
  EXPECT_LE(machine.usable_cores, machine.cores);
  EXPECT_GE(machine.steal, 0);
  EXPECT_LE(machine.steal, 1);
}

constexpr std::int64_t kNow = 1'800'000'000;

/// A controller and two agents that nothing is wrong with.
Controller GoodFleet() {
  using namespace std::chrono_literals;
  Controller controller;
  controller.version = "1.4.0";
  controller.certificate_ends_unix_s = kNow + 100 * 86'400;
  for (const char* name : {"rack7 a:1", "rack8 b:2"})
    controller.agents.push_back(
        {name, "1.4.0", true, 3ms, 2ms, controller.certificate_ends_unix_s});
  return controller;
}

TEST(Fleet, AGoodOneIsOk) {
  for (const Check& check : JudgeController(GoodFleet(), "1.4.0", kNow)) {
    EXPECT_EQ(check.state, State::kOk) << check.name << ": " << check.found;
    EXPECT_EQ(check.cure, "") << check.name;
    EXPECT_NE(check.found, "") << check.name;
  }
}

TEST(Fleet, EachThingThatIsWrongIsNamedWithItsCure) {
  struct Case {
    const char* name;
    void (*spoil)(Controller&);
    State state;
    const char* found;
  };
  using namespace std::chrono_literals;
  const Case cases[] = {
      {"controller clock", [](Controller& c) { c.clock_ahead = -2s; }, State::kWarn, "2s behind"},
      {"controller clock", [](Controller& c) { c.clock_ahead = 10min; }, State::kFail,
       "10m0s ahead"},
      {"controller certificate", [](Controller& c) { c.certificate_ends_unix_s = kNow - 1; },
       State::kFail, "expired"},
      {"agents", [](Controller& c) { c.agents.clear(); }, State::kWarn, "0 registered"},
      {"agent versions", [](Controller& c) { c.agents[1].version = "1.3.9"; }, State::kWarn,
       "rack8 b:2: 1.3.9"},
      {"agent versions", [](Controller& c) { c.agents[0].version = "1.2.0"; }, State::kFail,
       "rack7 a:1: 1.2.0"},
      {"agent versions", [](Controller& c) { c.agents[0].version = "2.4.0"; }, State::kFail,
       "2.4.0"},
      {"agent versions", [](Controller& c) { c.agents[0].version = ""; }, State::kFail, "none"},
      {"agent clocks", [](Controller& c) { c.agents[1].clock_ahead = -10min; }, State::kFail,
       "rack8 b:2: 10m0s behind"},
      {"agent clocks", [](Controller& c) { c.agents[0].clock_ahead.reset(); }, State::kWarn,
       "does not say"},
      {"agent round trips", [](Controller& c) { c.agents[0].round_trip = 1s; }, State::kWarn, "1s"},
      {"agent certificates",
       [](Controller& c) { c.agents[1].certificate_ends_unix_s = kNow + 86'400; }, State::kWarn,
       "rack8 b:2: good for 1 day"}};
  for (const Case& one : cases) {
    Controller controller = GoodFleet();
    one.spoil(controller);
    const Checks checks = JudgeController(controller, "1.4.0", kNow);
    EXPECT_EQ(Named(checks, one.name).state, one.state) << one.name;
    EXPECT_NE(Named(checks, one.name).found.find(one.found), std::string::npos)
        << one.name << ": " << Named(checks, one.name).found;
    EXPECT_NE(Named(checks, one.name).cure, "") << one.name;
    EXPECT_EQ(std::count_if(checks.begin(), checks.end(),
                            [](const Check& check) { return check.state != State::kOk; }),
              1)
        << one.name;
  }
}

TEST(Fleet, VersionsOneMinorApartWorkTogether) {
  const auto state = [](const char* here) {
    return Named(JudgeController(GoodFleet(), here, kNow), "controller version").state;
  };
  EXPECT_EQ(state("1.4.7"), State::kOk);
  EXPECT_EQ(state("1.5.0"), State::kWarn);
  EXPECT_EQ(state("1.6.0"), State::kFail);
  EXPECT_EQ(state("2.4.0"), State::kFail);
  EXPECT_EQ(state("x"), State::kFail);
}

TEST(Fleet, OfManyAgentsFiveAreNamed) {
  Controller controller = GoodFleet();
  controller.agents.resize(8, controller.agents[0]);
  for (Agent& agent : controller.agents) agent.version = "0.1.0";
  const std::string found =
      Named(JudgeController(controller, "1.4.0", kNow), "agent versions").found;
  EXPECT_NE(found.find(", and 3 more"), std::string::npos) << found;
}

TEST(Reach, AControllerFarAwayIsAWarning) {
  using namespace std::chrono_literals;
  EXPECT_EQ(JudgeAnswer(2ms).state, State::kOk);
  EXPECT_EQ(JudgeAnswer(2ms).found, "answers within 2ms");
  EXPECT_EQ(JudgeAnswer(1s).state, State::kWarn);
}

TEST(Reach, AScrapeMustServeMetrics) {
  EXPECT_EQ(JudgeScrape("u", 200, "# TYPE x counter\nx 1\n", "").state, State::kOk);
  EXPECT_EQ(JudgeScrape("u", 200, "<html>", "").state, State::kFail);
  EXPECT_EQ(JudgeScrape("u", 404, "", "").found, "u: status 404");
  EXPECT_EQ(JudgeScrape("u", 0, "", "refused").found, "u: refused");
}

TEST(Certificates, OnesThatAreNotThereFail) {
  EXPECT_TRUE(JudgeTlsFiles({}, "127.0.0.1:1").empty());
  const Checks checks =
      JudgeTlsFiles({"/nonexistent/a", "/nonexistent/b", "/nonexistent/c"}, "h:1");
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].state, State::kFail);
  EXPECT_EQ(JudgeExpiry("x", SecondsLeft("no PEM")).state, State::kFail);
}

TEST(Doctor, OnlyAFailureIsAnExitStatus) {
  EXPECT_EQ(ExitStatusOf({}), 0);
  EXPECT_EQ(ExitStatusOf({{"a", State::kWarn, "x", "y"}}), 0);
  EXPECT_EQ(ExitStatusOf({{"a", State::kWarn, "x", "y"}, {"b", State::kFail, "x", "y"}}), 1);
}

TEST(Doctor, ShowsALineForEachAndItsCureBelow) {
  const Checks checks = {{"a", State::kOk, "good", ""}, {"long", State::kFail, "bad \"x\"", "do"}};
  EXPECT_EQ(ToText(checks),
            "ok    a     good\n"
            "fail  long  bad \"x\"\n"
            "            -> do\n");
  EXPECT_EQ(
      ToJson(checks),
      "{\n  \"state\": \"fail\",\n  \"checks\": [\n    {\n      \"name\": \"a\",\n      "
      "\"state\": \"ok\",\n      \"found\": \"good\",\n      \"cure\": \"\"\n    },\n    {\n  "
      "    \"name\": \"long\",\n      \"state\": \"fail\",\n      \"found\": \"bad \\\"x\\\"\","
      "\n      \"cure\": \"do\"\n    }\n  ]\n}\n");
}

}  // namespace
}  // namespace loadctl::doctor
