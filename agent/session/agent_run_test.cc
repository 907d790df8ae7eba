// A run on an agent without a controller's process and without gRPC.
#include "agent/session/agent_run.h"

#include <gtest/gtest.h>

#include "agent/session/agent_run_test_world.h"
#include "common/wire/codes.h"

namespace loadctl::session {
namespace {

constexpr char kNoting[] =
    "import { noteNumbers } from 'k6/test'; export default () => { noteNumbers(); };";
constexpr char kNapping[] = "import { nap } from 'k6/test'; export default () => { nap(5); };";
constexpr char kHanging[] =
    "import { nap, noteNumbers } from 'k6/test';"
    "export default () => { noteNumbers(); nap(3600000); };";

plan::SharedIterations Shared(std::int64_t vus, std::int64_t iterations) {
  return {vus, iterations};
}

double Sum(const std::vector<AgentWorld::Told>& deltas, const std::string& metric,
           std::uint32_t assignment) {
  double sum = 0;
  for (const auto& told : deltas)
    if (told.assignment == assignment) sum += told.Count(metric);
  return sum;
}

TEST(AgentRun, RunsItsShareAndAccountsForIt) {
  AgentWorld world(kNoting, Shared(3, 9));
  const auto ready = world.Prepare();
  EXPECT_FALSE(ready.has_failure());
  EXPECT_EQ(ready.vus(), 3u);
  world.Begin();
  world.Start();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.planned(), 9);
  EXPECT_EQ(done.started(), 9);
  EXPECT_EQ(done.complete(), 9);
  EXPECT_EQ(done.interrupted() + done.dropped() + done.exceptions(), 0);
  EXPECT_TRUE(done.any_started());
  ASSERT_EQ(done.scenarios_size(), 1);
  EXPECT_EQ(done.scenarios(0).complete(), 9);
  const auto flushed = world.Flush();
  const auto deltas = world.Deltas();
  EXPECT_EQ(flushed.deltas(), deltas.size());
  EXPECT_TRUE(deltas.back().delta.final);
  EXPECT_EQ(Sum(deltas, "iterations", 1), 9);
  EXPECT_EQ(world.finished, 0);
  v1::ToAgent finish;
  finish.mutable_finish();
  world.Handle(finish);
  EXPECT_EQ(world.finished, 1);
}

TEST(AgentRun, CountsWhatThrows) {
  AgentWorld world("export default () => { throw new Error('x'); };", Shared(1, 3));
  world.Go();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.complete(), 3);
  EXPECT_EQ(done.exceptions(), 3);
  int lines = 0;
  for (const auto& message : world.link.Sent(v1::FromAgent::kLogs))
    for (const auto& line : message.logs().lines())
      lines += line.message().find("Error: x") != std::string::npos ? 1 : 0;
  EXPECT_EQ(lines, 3);
}

TEST(AgentRun, TellsEachSecondOnce) {
  AgentWorld world(kHanging, plan::ConstantVus{2, 1h});
  world.Go();
  world.RunUntil([] { return Notes::All().Count() == 4; });
  for (std::size_t second = 1; second <= 3; ++second) {
    world.clock.Advance(1s);
    world.Await(v1::FromAgent::kDelta, second);
  }
  const auto deltas = world.Deltas();
  ASSERT_EQ(deltas.size(), 3u);
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const auto& delta = deltas[i].delta;
    EXPECT_EQ(delta.sequence, i + 1);
    EXPECT_EQ(delta.epoch, 7u);
    EXPECT_EQ(delta.first_interval, static_cast<std::int64_t>(i));
    EXPECT_EQ(delta.interval, static_cast<std::int64_t>(i));
    EXPECT_FALSE(delta.final);
  }
  // Five of these a second, which may be lost.
  EXPECT_GE(world.link.Told(v1::FromAgent::kProgress).size(), 15u);
  const auto progress = world.link.Told(v1::FromAgent::kProgress).back().progress();
  EXPECT_EQ(progress.active_vus(), 2);
  EXPECT_EQ(progress.initialized_vus(), 2);
  EXPECT_EQ(progress.scenarios(0).state(), v1::ScenarioProgress::RUNNING);
}

TEST(AgentRun, SaysHowItDoesEveryOtherSecond) {
  AgentWorld world(kHanging, plan::ConstantVus{2, 1h});
  world.Go();
  world.RunUntil([] { return Notes::All().Count() == 4; });
  for (std::size_t second = 1; second <= 4; ++second) {
    world.clock.Advance(1s);
    world.Await(v1::FromAgent::kDelta, second);
  }
  const auto sent = world.link.Sent(v1::FromAgent::kDelta);
  ASSERT_EQ(sent.size(), 4u);
  std::int64_t wall = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& delta = sent[i].delta();
    ASSERT_EQ(delta.has_health(), i % 2 == 1) << i;
    if (!delta.has_health()) continue;
    EXPECT_GT(delta.health().heap_bytes(), 100'000);
    EXPECT_GT(delta.health().memory_bytes(), delta.health().heap_bytes());
    EXPECT_LE(delta.health().cpu().used_ns(), delta.health().cpu().wall_ns());
    wall += delta.health().cpu().wall_ns();
  }
  // Each is of its own time, so that none is counted twice.
  EXPECT_GT(wall, 0);
  EXPECT_LE(wall, world.Flush().health().cpu().wall_ns());
}

TEST(AgentRun, OneDeltaCoversTheSecondsThatASlowWireTook) {
  AgentWorld world(kHanging, plan::ConstantVus{1, 1h});
  world.Go();
  world.link.backlog = AgentLink::kMostUnsent;
  world.clock.Advance(3s);
  EXPECT_TRUE(world.Deltas().empty());
  world.link.backlog = 0;
  world.clock.Advance(1s);
  world.Await(v1::FromAgent::kDelta);
  const auto deltas = world.Deltas();
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].delta.first_interval, 0);
  EXPECT_EQ(deltas[0].delta.interval, 3);
}

TEST(AgentRun, GrowsAndShrinksWhenItIsTold) {
  AgentWorld world(kNapping, plan::ExternallyControlled{1, 1, 0s});
  world.Go();
  const auto scale = [&](std::uint64_t serial, std::int64_t vus, std::int64_t most) {
    v1::ToAgent message;
    message.mutable_scale()->set_serial(serial);
    message.mutable_scale()->set_scenario("default");
    message.mutable_scale()->set_vus(vus);
    message.mutable_scale()->set_max_vus(most);
    world.Handle(message);
    return world.Await(v1::FromAgent::kControlled, serial).controlled();
  };
  const auto more = scale(1, 3, 3);
  EXPECT_EQ(more.serial(), 1u);
  EXPECT_EQ(more.progress().initialized_vus(), 3);
  EXPECT_EQ(more.progress().scenarios(0).vus(), 3);
  EXPECT_EQ(scale(2, 1, 3).progress().scenarios(0).vus(), 1);
  world.Stop();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.started(), done.complete() + done.interrupted());
  EXPECT_EQ(done.planned(), done.started() + done.dropped());
}

TEST(AgentRun, MakesMoreVusWhereARateNeedsThem) {
  plan::ConstantArrivalRate rate;
  rate.rate = 100;
  rate.duration = 1h;
  rate.vus = {1, 4};
  AgentWorld world(kHanging, rate);
  EXPECT_EQ(world.Prepare().vus(), 1u);
  world.Begin();
  world.Start();
  world.RunUntil([] { return Notes::All().Count() == 8; });
  world.Stop();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.started(), 4);
  EXPECT_EQ(done.interrupted(), 4);
  EXPECT_GT(done.dropped(), 0);
}

TEST(AgentRun, PausesAtTheNamedInstant) {
  AgentWorld world(kNapping, plan::ConstantVus{1, 1h});
  world.Go();
  const auto at = [&](std::chrono::nanoseconds from_now) {
    return (world.clock.Now() + from_now).time_since_epoch().count();
  };
  v1::ToAgent message;
  message.mutable_pause()->set_serial(1);
  message.mutable_pause()->set_agent_ns(at(5s));
  world.Handle(message);
  message.mutable_resume()->set_serial(2);
  message.mutable_resume()->set_agent_ns(at(7s));
  world.Handle(message);
  world.clock.Advance(4s);
  EXPECT_TRUE(world.link.Sent(v1::FromAgent::kControlled).empty());
  world.clock.Advance(2s);
  ASSERT_EQ(world.link.Sent(v1::FromAgent::kControlled).size(), 1u);
  EXPECT_EQ(world.link.Sent(v1::FromAgent::kControlled)[0].controlled().serial(), 1u);
  world.clock.Advance(2s);
  EXPECT_EQ(world.link.Sent(v1::FromAgent::kControlled).size(), 2u);
}

TEST(AgentRun, StoppedItCutsWhatWaits) {
  AgentWorld world(kHanging, plan::ConstantVus{2, 1h});
  world.Go();
  world.RunUntil([] { return Notes::All().Count() == 4; });
  world.Stop();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.started(), 2);
  EXPECT_EQ(done.interrupted(), 2);
  EXPECT_EQ(done.complete(), 0);
  EXPECT_EQ(done.planned(), 2);
  world.Stop();  // again: nothing
  EXPECT_EQ(world.link.Sent(v1::FromAgent::kRunDone).size(), 1u);
  EXPECT_EQ(Sum((world.Flush(), world.Deltas()), "iterations", 1), 0);
}

TEST(AgentRun, StoppedItCutsWhatComputes) {
  AgentWorld world(
      "import { noteNumbers } from 'k6/test'; export default () => { noteNumbers(); for (;;); };",
      plan::ConstantVus{1, 1h});
  world.Go();
  world.RunUntil([] { return Notes::All().Count() == 2; });
  world.Stop();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.interrupted(), 1);
}

TEST(AgentRun, StoppedBeforeTheStartItStartsNothing) {
  AgentWorld world(kNoting, Shared(1, 9));
  EXPECT_FALSE(world.Prepare().has_failure());
  world.Begin();
  world.Stop();
  v1::ToAgent start;
  start.mutable_start()->set_agent_ns(world.clock.Now().time_since_epoch().count());
  world.Handle(start);
  EXPECT_TRUE(world.link.Sent(v1::FromAgent::kRunDone).empty());
  EXPECT_EQ(world.Flush().deltas(), 1u);
  EXPECT_TRUE(Notes::All().TakeSorted().empty());
}

TEST(AgentRun, WithoutAControllerItStops) {
  AgentWorld world(kHanging, plan::ConstantVus{1, 1h});
  world.Go();
  world.RunUntil([] { return Notes::All().Count() == 2; });
  world.run->Abandon();
  EXPECT_EQ(world.finished, 1);
  EXPECT_EQ(world.Await(v1::FromAgent::kRunDone).run_done().interrupted(), 1);
}

TEST(AgentRun, AControllerThatStartsTwiceIsNotFollowed) {
  AgentWorld world(kHanging, plan::ConstantVus{1, 1h});
  world.Go();
  world.Start();
  EXPECT_EQ(world.finished, 1);
  EXPECT_EQ(world.Await(v1::FromAgent::kRunDone).run_done().complete(), 0);
}

TEST(AgentRun, AControllerThatStartsTooEarlyIsNotFollowed) {
  AgentWorld world(kNoting, Shared(1, 1));
  v1::ToAgent start;
  start.mutable_start()->set_agent_ns(world.clock.Now().time_since_epoch().count());
  world.Handle(start);
  EXPECT_EQ(world.finished, 1);
}

TEST(AgentRun, SaysWhyItCannotRunAnAssignment) {
  const auto refusal = [](const std::string& script, const auto& spoil) {
    AgentWorld world(script, Shared(1, 1));
    spoil(world.prepare);
    const auto ready = world.Prepare();
    EXPECT_TRUE(ready.has_failure());
    return ready.failure().message();
  };
  EXPECT_EQ(refusal(kNoting, [](auto& p) { p.clear_assignments(); }),
            "an agent takes 1 to 64 assignments of a run, not 0");
  EXPECT_NE(refusal(kNoting, [](auto& p) { p.mutable_assignments(0)->set_segment("1/5:2/5"); }),
            "");
  EXPECT_NE(refusal(kNoting, [](auto& p) { p.set_bundle_hash("0"); }), "");
  EXPECT_NE(refusal(kNoting, [](auto& p) { p.set_workers(1000); })
                .find("1000 workers are asked for, and this machine"),
            std::string::npos);
  EXPECT_NE(refusal("throw new Error('init');", [](auto&) {}).find("Error: init"),
            std::string::npos);
}

TEST(AgentRun, CallsSetupAndTeardownOnVusOfTheirOwn) {
  AgentWorld world(
      "import { nap, noteNumbers } from 'k6/test';"
      "export function setup() { noteNumbers(); return { a: 1 }; }"
      "export function teardown() { nap(3600000); }"
      "export function handleSummary() { return { 'a.txt': 'b' }; }"
      "export default () => {};",
      Shared(1, 1));
  EXPECT_FALSE(world.Prepare().has_failure());
  world.Begin();
  const auto setup = world.Call(v1::Call::SETUP);
  EXPECT_EQ(setup.result_json(), R"({"a":1})");
  EXPECT_EQ(Notes::All().TakeSorted(), (std::vector<std::string>{"VU 0/0", "iteration 0/0"}));
  const auto teardown = world.Call(v1::Call::TEARDOWN, 20ms);
  EXPECT_EQ(wire::ErrorOf(teardown.failure()).code, ErrorCode::kTeardownTimeout);
  EXPECT_EQ(teardown.failure().message(), "teardown() execution timed out after 0 seconds");
  const auto summary = world.Call(v1::Call::HANDLE_SUMMARY);
  ASSERT_EQ(summary.files_size(), 1);
  EXPECT_EQ(summary.files(0).path(), "a.txt");
  EXPECT_EQ(summary.files(0).content(), "b");
}

/// The numbers that VUs and iterations get with these assignments on one agent.
std::vector<std::string> NumbersOf(const plan::ExecutorConfig& executor,
                                   const std::vector<std::uint32_t>& segments) {
  AgentWorld world(kNoting, executor, segments, 3);
  world.Go();
  world.Await(v1::FromAgent::kRunDone);
  return Notes::All().TakeSorted();
}

TEST(AgentRun, TwoAssignmentsAreAsTwoAgents) {
  plan::PerVuIterations executor;
  executor.vus = 8;
  executor.iterations = 4;
  auto apart = NumbersOf(executor, {1});
  const auto other = NumbersOf(executor, {3});
  ASSERT_EQ(apart.size() + other.size(), 5u * 4 * 2);
  apart.insert(apart.end(), other.begin(), other.end());
  std::sort(apart.begin(), apart.end());
  EXPECT_EQ(NumbersOf(executor, {1, 3}), apart);
}

TEST(AgentRun, DeltasNameTheirAssignment) {
  AgentWorld world(kNoting, Shared(6, 30), {1, 3}, 3);
  EXPECT_EQ(world.Prepare().vus(), 4u);
  world.Begin();
  world.Start();
  const auto done = world.Await(v1::FromAgent::kRunDone).run_done();
  EXPECT_EQ(done.planned(), 20);
  EXPECT_EQ(done.complete(), 20);
  ASSERT_EQ(done.scenarios_size(), 1);  // both have the same
  EXPECT_EQ(done.scenarios(0).complete(), 20);
  world.clock.Advance(1s);
  const auto flushed = world.Flush();
  const auto deltas = world.Deltas();
  EXPECT_EQ(flushed.deltas(), deltas.size());
  EXPECT_EQ(Sum(deltas, "iterations", 1), 10);
  EXPECT_EQ(Sum(deltas, "iterations", 3), 10);
  for (const std::uint32_t assignment : {1u, 3u}) {
    std::uint64_t sequence = 0;
    bool final = false;
    for (const auto& told : deltas) {
      if (told.assignment != assignment) continue;
      EXPECT_EQ(told.delta.sequence, ++sequence);
      final = told.delta.final;
    }
    EXPECT_TRUE(final) << assignment;
  }
  const auto progress = world.link.Told(v1::FromAgent::kProgress).back().progress();
  EXPECT_EQ(progress.initialized_vus(), 4);
  EXPECT_EQ(progress.complete(), 20);
}

}  // namespace
}  // namespace loadctl::session
