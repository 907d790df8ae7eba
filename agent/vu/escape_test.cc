// Scripts with which V8 cannot go on: they lose their iteration, and nobody else loses anything.
#include "agent/vu/escape.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "agent/js/last_resort.h"
#include "agent/vu/vu_test_world.h"

#ifdef __SANITIZE_ADDRESS__
// What a script is left in the middle of keeps its memory (escape.h).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:Try<loadctl::vu::Vu\nleak:loadctl::vu::Escape::Try\n";
}
#endif

namespace loadctl::vu {
namespace {

using Kind = WorkResult::Kind;

// 2^28 elements: twice as many as V8 makes.
constexpr char kTooLarge[] = "'x'.repeat(2 ** 28).split('')";

class EscapeTest : public testing::Test {
 protected:
  void SetUp() override {
    StartEngineForTests();
    if (!js::CanForgetCalls()) GTEST_SKIP() << "this V8 exports nothing of what it takes";
  }
  static void ExpectTooLarge(const WorkResult& result) {
    EXPECT_EQ(result.kind, Kind::kException);
    EXPECT_NE(result.error.find("too large for its engine"), std::string::npos) << result.error;
  }
  /// Then garbage is collected, with what was left on the stack among it.
  static void ExpectWell(World& world, Vu& vu) {
    const WorkResult result = world.Iterate(vu);
    EXPECT_EQ(result.kind, Kind::kComplete) << result.error;
    bool done = false;
    vu.Assign([](Vu& self) { self.GiveBackMemory(); }, TimePoint::max(), [&] { done = true; });
    world.loop.RunUntil([&] { return done; });
  }
};

TEST_F(EscapeTest, AnArrayTooLargeEndsTheIteration) {
  World world(std::string("let n = 0; export default function() { if (n++ === 0) return;") +
              kTooLarge + "; }");
  Vu& vu = world.Ready();
  for (int round = 0; round < 3; ++round) {
    ExpectWell(world, vu);  // its init code has run again
    ExpectTooLarge(world.Iterate(vu));
  }
  EXPECT_NE(world.log.back().find("too large"), std::string::npos) << world.log.back();
}

TEST_F(EscapeTest, WhereverItIsMade) {
  for (const std::string body :
       {"await 0; MADE", "JSON.parse('[1,[2,3]]', (k, v) => { if (v === 2) MADE; return v; })",
        "[3, 1, 2].sort(() => MADE)", "try { MADE } catch (e) {} finally { pause(); }",
        "new Promise(() => MADE)", "`${{ toString() { MADE } }}`",
        "await Promise.all([1, 2].map(async () => { await 0; MADE }))"}) {
    std::string script =
        "import { pause } from 'k6/test'; let n = 0;"
        "export default async function() { pause(); if (n++ === 0) return; " +
        body + "; }";
    for (std::size_t at; (at = script.find("MADE")) != std::string::npos;)
      script.replace(at, 4, kTooLarge);
    World world(script);
    Vu& vu = world.Ready();
    ExpectWell(world, vu);
    ExpectTooLarge(world.Iterate(vu));
    ExpectWell(world, vu);
    ExpectTooLarge(world.Iterate(vu));
  }
}

TEST_F(EscapeTest, OthersOfItsIsolateDoNotNotice) {
  World world(
      std::string("import { pause } from 'k6/test'; let n = 0; const kept = {};"
                  "export default function() {"
                  "  const mine = [__VU, { n: ++n }]; kept[n] = mine;"
                  "  pause(); if (__VU === 2) ") +
      kTooLarge +
      ";"
      "  pause(); if (mine[1].n !== n || kept[n] !== mine || Object.keys(kept).length !== n)"
      "    throw new Error('not mine: ' + JSON.stringify(kept)); }");
  for (int i = 0; i < 3; ++i) world.Ready(3);
  for (int round = 0; round < 3; ++round) {
    int done = 0;
    std::vector<WorkResult> results(3);
    for (std::size_t i = 0; i < 3; ++i) {
      world.vus[i]->Assign(
          [&, i](Vu& self) {
            self.EnterScenario(world.scenario, nullptr);
            results[i] = self.RunIteration({});
          },
          TimePoint::max(), [&done] { ++done; });
    }
    world.loop.RunUntil([&] { return done == 3; });
    EXPECT_EQ(results[0].kind, Kind::kComplete) << results[0].error;
    ExpectTooLarge(results[1]);
    EXPECT_EQ(results[2].kind, Kind::kComplete) << results[2].error;
  }
}

TEST_F(EscapeTest, InInitCodeAndInSetup) {
  World world(std::string(kTooLarge) + "; export default function() {}");
  Vu& vu = world.Make();
  const auto made = vu.Init(TimePoint::max());
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("too large for its engine"), std::string::npos)
      << made.error().message;
  World other(std::string("export function setup() { ") + kTooLarge +
              "; } export default function() {}");
  Vu& setup = other.Ready();
  bool done = false;
  WorkResult result;
  setup.Assign([&](Vu& self) { result = self.CallForJson("setup", {}); }, TimePoint::max(),
               [&] { done = true; });
  other.loop.RunUntil([&] { return done; });
  ExpectTooLarge(result);
}

TEST_F(EscapeTest, ACallThatNeverEndsIsLeftAtAnOrder) {
  // VUs that share an isolate hold its lock for as long as they run.
  for (const int per_group : {1, 3}) {
    SCOPED_TRACE(per_group);
    World world(
        "let n = 0; export default function() {"
        "  if (n++ > 0 && __VU === 1) Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1);"
        "}");
    for (int i = 0; i < per_group; ++i) ExpectWell(world, world.Ready(per_group));
    Vu& vu = *world.vus.front();
    for (int round = 0; round < 3; ++round) {
      std::atomic<bool> ended{false};
      std::thread watchdog([&] {
        RunSlot& slot = world.loop.slot();
        while (slot.vu.load() != &vu || slot.work.load() == 0) std::this_thread::yield();
        std::this_thread::sleep_for(20ms);
        while (!ended) {
          vu.escape().Order(slot.thread.load(), slot.work.load());
          std::this_thread::sleep_for(5ms);
        }
      });
      EXPECT_EQ(world.Iterate(vu).kind, Kind::kInterrupted);
      ended = true;
      watchdog.join();
      for (const auto& one : world.vus) ExpectWell(world, *one);
    }
  }
}

}  // namespace
}  // namespace loadctl::vu
