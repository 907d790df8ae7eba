// VUs without a network: scripts, suspensions, cuts, sharing of isolates.
#include "agent/vu/vu.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/vu/fiber.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::vu {
namespace {

TEST(Vu, RunsTheDefaultFunction) {
  World world(
      "import {pause} from 'k6/test'; let n = 0;"
      "export default function() { n += pause(); if (n !== 1) throw new Error('n ' + n); }");
  Vu& vu = world.Ready();
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
  EXPECT_EQ(vu.ExportedFunctions(), std::vector<std::string>{"default"});
}

TEST(Vu, IterIsAPropertyLikeAnyOther) {
  World world(
      "const before = typeof __ITER; let want = 0;"
      "const is = (a, b) => { if (a !== b) throw new Error(`${a} is not ${b}`); };"
      "export default function() {"
      "  is(before, 'undefined'); is(__ITER, want); is(globalThis.__ITER, want);"
      "  is(JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, '__ITER')),"
      "     `{\"value\":${want},\"writable\":true,\"enumerable\":true,\"configurable\":true}`);"
      "  __ITER = 'mine'; is(__ITER, 'mine'); ++want; }");
  Vu& vu = world.Ready();
  for (int i = 0; i < 3; ++i) {
    const WorkResult result = world.Iterate(vu);
    EXPECT_EQ(result.kind, WorkResult::Kind::kComplete) << result.error;
  }
}

TEST(Vu, AnExceptionHasFileLineAndFunction) {
  World world(
      "function inner() { throw new Error('oops!'); }\n"
      "export default function() {\n  inner(); }");
  const WorkResult result = world.Iterate(world.Ready());
  EXPECT_EQ(result.kind, WorkResult::Kind::kException);
  EXPECT_EQ(
      result.error,
      "Error: oops!\n\tat inner (file:///test.js:1:26)\n\tat default (file:///test.js:3:3)\n");
}

TEST(Vu, ASyntaxErrorHasItsPlace) {
  World world("export default function() {\n  let = ;\n}");
  Vu& vu = world.Make();
  const auto made = vu.Init(TimePoint::max());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kScript);
  EXPECT_EQ(made.error().message.rfind("file:///test.js: Line 2:", 0), 0u) << made.error().message;
}

TEST(Vu, AMissingImportNamesTheModule) {
  World world("import x from 'k6/nothing'; export default function() {}");
  const auto made = world.Make().Init(TimePoint::max());
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("k6/nothing"), std::string::npos);
}

TEST(Vu, InitThatNeverEndsIsCut) {
  World world("import {hang} from 'k6/test'; hang(); export default function() {}");
  const auto made = world.Make().Init(std::chrono::steady_clock::now() + 20ms);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("did not end in time"), std::string::npos);
}

TEST(Vu, PromisesAndTimersBelongToTheIteration) {
  World world(
      "import {start, onTimer, pause} from 'k6/test'; const waiting = new Map(); let next = 0;"
      "onTimer((id) => waiting.get(id)());"
      "const later = () => new Promise((resolve) => { waiting.set(++next, resolve); start(next); "
      "});"
      "export let steps = [];"
      "export default async function() { steps.push(1); await later(); steps.push(2); pause();"
      "  later().then(() => steps.push(3)); }"
      "export function read() { return steps; }");
  Vu& vu = world.Ready();
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
  WorkResult result;
  bool done = false;
  vu.Assign([&](Vu& self) { result = self.CallForJson("read", {}); }, TimePoint::max(),
            [&] { done = true; });
  world.loop.RunUntil([&] { return done; });
  EXPECT_EQ(result.json, "[1,2,3]");
}

TEST(Vu, TimersThatAnIterationLeavesAreWarnedOf) {
  World world(
      "import {startNamed, onTimer} from 'k6/test'; onTimer(() => {});"
      "export default function() { startNamed(7); startNamed(8); throw new Error('x'); }");
  EXPECT_EQ(world.Iterate(world.Ready()).kind, WorkResult::Kind::kException);
  ASSERT_EQ(world.log.size(), 3u);
  EXPECT_EQ(world.log[0], "setTimeout 7 was stopped because the VU iteration was interrupted");
  EXPECT_EQ(world.log[1], "setTimeout 8 was stopped because the VU iteration was interrupted");
}

TEST(Vu, HandleSummaryGivesTextsAndBytes) {
  World world(
      "export default function () {} export function handleSummary() { return {"
      " text: '\\u00e9', buffer: new Uint8Array([0, 255, 10]).buffer,"
      " typed: new Uint8Array([9, 1, 2, 9]).subarray(1, 3), clamped: new Uint8ClampedArray([300]) "
      "};}"
      "export const bad = () => ({ x: new Int32Array(2) });");
  Vu& vu = world.Ready();
  std::vector<std::pair<std::string, std::string>> files;
  std::string error;
  bool done = false;
  vu.Assign(
      [&](Vu& self) {
        EXPECT_EQ(self.CallForFiles("handleSummary", "{}", files).error, "");
        std::vector<std::pair<std::string, std::string>> none;
        error = self.CallForFiles("bad", "{}", none).error;
      },
      TimePoint::max(), [&] { done = true; });
  world.loop.RunUntil([&] { return done; });
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"text", "\xc3\xa9"},
      {"buffer", std::string("\0\xff\n", 3)},
      {"typed", "\x01\x02"},
      {"clamped", "\xff"}};
  EXPECT_EQ(files, expected);
  EXPECT_EQ(
      error,
      "error handling summary object x: invalid type, it needs to be a string or ArrayBuffer");
}

TEST(Vu, ARejectionNobodyHandlesFailsTheIteration) {
  World world("export default async function() { throw new Error('late'); }");
  const WorkResult result = world.Iterate(world.Ready());
  EXPECT_EQ(result.kind, WorkResult::Kind::kException);
  EXPECT_EQ(result.error.rfind("Uncaught (in promise) Error: late\n", 0), 0u) << result.error;
}

TEST(Vu, ADeadlineCutsAWaitAndTheVuGoesOn) {
  World world(
      "import {hang} from 'k6/test'; let first = true;"
      "export default function() { if (first) { first = false; try { hang(); } "
      "finally { first = 'never'; } } else if (first !== false) throw new Error(first); }");
  Vu& vu = world.Ready();
  EXPECT_EQ(world.Iterate(vu, std::chrono::steady_clock::now() + 20ms).kind,
            WorkResult::Kind::kInterrupted);
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
}

TEST(Vu, AnIterationMayLastAsLongAsTimesCan) {
  World world("export default function() {}");
  world.program.options.min_iteration_duration = std::chrono::nanoseconds::max();
  Vu& vu = world.Ready();
  const TimePoint deadline = std::chrono::steady_clock::now() + 50ms;
  world.Iterate(vu, deadline);
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST(Vu, AnOrderEndsAScriptThatSpins) {
  World world("let n = 0; export default function() { if (n++ === 0) for (;;) {} }");
  Vu& vu = world.Ready();
  std::thread watchdog([&] {
    while (world.loop.slot().vu.load() != &vu || world.loop.slot().work.load() == 0)
      std::this_thread::yield();
    std::this_thread::sleep_for(5ms);
    vu.OrderInterrupt(world.loop.slot().work.load());
  });
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kInterrupted);
  watchdog.join();
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
}

TEST(Vu, WhatOneVuKeepsDoesNotEndTheOthersOfItsIsolate) {
  World world(
      "const kept = [];"
      "export default function() {"
      "  if (__VU !== 2) return;"
      "  for (;;) kept.push(new Array(1000).fill(__ITER)); }");
  world.limits.old_generation = 48u << 20;
  for (int i = 0; i < 3; ++i) world.Ready(3);
  for (int round = 0; round < 4; ++round) {
    for (const auto& vu : world.vus) {
      const WorkResult result = world.Iterate(*vu);
      if (vu->numbers().in_test == 2) {
        EXPECT_EQ(result.kind, WorkResult::Kind::kException);
        EXPECT_NE(result.error.find("heap limit of 48 MB exceeded"), std::string::npos);
      } else {
        EXPECT_EQ(result.kind, WorkResult::Kind::kComplete) << result.error;
      }
    }
  }
  ASSERT_FALSE(world.log.empty());
  EXPECT_NE(world.log.back().find("the init code runs again"), std::string::npos);
}

TEST(Vu, GrowingStringsEndAtTheLimitToo) {
  World world(
      "export default function() {"
      "  let all = [], text = 'x'.repeat(1000);"
      "  for (let i = 0;; ++i) { text = (text + i).slice(1) + 'y'; all.push(JSON.stringify(text)); "
      "} }");
  world.limits.old_generation = 48u << 20;
  const WorkResult result = world.Iterate(world.Ready());
  EXPECT_NE(result.error.find("heap limit of 48 MB exceeded"), std::string::npos) << result.error;
}

TEST(Vu, LargeArraysEndTheIterationToo) {
  World world(
      "export default function() {"
      "  const kept = []; for (let n = 1;; n = Math.min(2 * n, 1 << 25)) kept.push(new "
      "Array(n).fill({})); }");
  world.limits.old_generation = 48u << 20;
  const WorkResult result = world.Iterate(world.Ready());
  EXPECT_NE(result.error.find("heap limit of 48 MB exceeded"), std::string::npos) << result.error;
}

TEST(Vu, TasksWaitForTheirTurn) {
  World world("export default function() {}");
  Vu& vu = world.Ready();
  world.loop.task_turns().most = 3;
  int running = 0, most = 0, ended = 0;
  bool done = false;
  vu.Assign(
      [&](Vu& self) {
        for (int i = 0; i < 20; ++i) {
          self.events().Spawn(
              [&](net::Parker& parker) {
                most = std::max(most, ++running);
                world.loop.Post([&parker] { parker.Unpark(); });
                parker.Park();
                --running;
                ++ended;
              },
              -1, 0);
        }
        self.events().JoinSpawned();
      },
      TimePoint::max(), [&] { done = true; });
  world.loop.RunUntil([&] { return done; });
  EXPECT_EQ(ended, 20);
  EXPECT_EQ(most, 3);
}

TEST(Vu, TasksThatWaitEndWhenTheWorkIsCut) {
  World world("export default function() {}");
  Vu& vu = world.Ready();
  world.loop.task_turns().most = 1;
  int ended = 0;
  bool done = false;
  vu.Assign(
      [&](Vu& self) {
        for (int i = 0; i < 5; ++i) {
          self.events().Spawn(
              [&](net::Parker& parker) {
                while (!parker.Cancelled()) parker.Park();
                ++ended;
              },
              -1, 0);
        }
        self.events().JoinSpawned();
      },
      TimePoint::max(), [&] { done = true; });
  world.loop.Post([&] { vu.Interrupt(); });
  world.loop.RunUntil([&] { return done; });
  EXPECT_EQ(ended, 5);
}

TEST(Vu, AHeapOverItsLimitEndsTheIterationWithAMessage) {
  World world(
      "let n = 0, keep = null; export default function() { if (n++ === 0) { keep = [];"
      "for (;;) keep.push('x' + keep.length); } keep = null; }");
  world.limits.old_generation = 48u << 20;
  Vu& vu = world.Ready();
  const WorkResult result = world.Iterate(vu);
  EXPECT_EQ(result.kind, WorkResult::Kind::kException);
  EXPECT_NE(result.error.find("heap limit of 48 MB exceeded"), std::string::npos) << result.error;
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
}

TEST(Vu, ArrayBuffersBeyondTheirLimitAreARangeError) {
  World world(
      "export default function() { try { new ArrayBuffer(2 * 1024 * 1024); } catch (e) {"
      "if (e instanceof RangeError) return; throw e; } throw new Error('allowed'); }");
  world.limits.array_buffers = 1u << 20;
  EXPECT_EQ(world.Iterate(world.Ready()).kind, WorkResult::Kind::kComplete);
}

TEST(Vu, WebAssemblyCompilesInTheBackground) {
  World world(
      "export default async function() {"
      "await WebAssembly.compile(new Uint8Array([0,97,115,109,1,0,0,0])); }");
  EXPECT_EQ(world.Iterate(world.Ready()).kind, WorkResult::Kind::kComplete);
}

long Mappings() {
  std::ifstream maps("/proc/self/maps");
  long count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}

long ResidentKb() {
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
  malloc_trim(0);
#endif
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  statm >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/// What a process holds of the machine.
struct Footprint {
  long mappings = Mappings();
  long resident = ResidentKb() / 1024;  // MB
};

constexpr const char* kStressScript =
    "import {pause, hang} from 'k6/test'; let n = 0; let secret;"
    "function deep(i) { return [i].map(() => deep(i + 1) + 1); }"
    "export default function() { const me = pause(); if (secret === undefined) secret = me; "
    "n++;"
    "  if (me !== secret) throw new Error('isolation broken');"
    "  if (me % 100 === 1 && n % 29 === 3) { try { deep(0); } catch (e) {"
    "    if (!(e instanceof RangeError)) throw e; } }"
    "  if (me % 100 === 2 && n % 31 === 3) hang();"
    "  try { pause(); throw new TypeError('t'); } catch (e) { pause();"
    "    if (!(e instanceof TypeError)) throw e; }"
    "  if (n % 500 === 7) gc(); }";

/// Runs so many suspensions on so many VUs; what the process holds while all VUs live.
Footprint RunStress(int vus, int suspensions, int per_group) {
  World world(kStressScript);
  for (int i = 0; i < vus; ++i) world.Ready(per_group);
  struct Tally {
    long complete = 0, interrupted = 0, wrong = 0;
  } tally;
  std::size_t running = world.vus.size();
  for (auto& vu : world.vus) {
    vu->Assign(
        [&](Vu& self) {
          self.EnterScenario(world.scenario, nullptr);
          for (int i = 0; i < suspensions / 3; ++i) {
            const WorkResult result = self.RunIteration({});
            if (result.kind == WorkResult::Kind::kComplete) {
              ++tally.complete;
            } else if (result.kind == WorkResult::Kind::kInterrupted) {
              ++tally.interrupted;
              break;
            } else {
              ++tally.wrong;
            }
          }
        },
        std::chrono::steady_clock::now() + std::chrono::hours(1), [&] { --running; });
  }
  std::size_t hanging = 0;
  for (auto& vu : world.vus)
    if (vu->numbers().in_test % 100 == 2 && suspensions / 3 >= 3) ++hanging;
  world.loop.RunUntil([&] { return running == hanging; });
  for (auto& vu : world.vus)
    if (vu->numbers().in_test % 100 == 2) vu->Interrupt();
  world.loop.RunUntil([&] { return running == 0; });
  const Footprint footprint;
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_EQ(tally.interrupted, static_cast<long>(hanging));
  for (const auto& line : world.log) ADD_FAILURE() << line;
  return footprint;
}

// Thousands of suspended VUs under forced collection and compaction; some recurse without end, some
// are cut. LOADCTL_STRESS=VUS,SUSPENSIONS sets the size; scripts/dev stress runs the large one.
void Stress(int per_group) {
  int vus = 96, suspensions = 60;
  if (const char* size = std::getenv("LOADCTL_STRESS")) {
    ASSERT_EQ(std::sscanf(size, "%d,%d", &vus, &suspensions), 2);
  }
  {  // what V8 keeps once and for all
    World world("export default function() {}");
    world.Iterate(world.Ready(per_group));
  }
  const Footprint before;
  const Footprint during = RunStress(vus, suspensions, per_group);
  const Footprint after;
  std::printf("%d VUs, %d suspensions each: %ld, %ld, %ld mappings before, with them and after; ",
              vus, suspensions, before.mappings, during.mappings, after.mappings);
  std::printf("%ld, %ld, %ld MB resident\n", before.resident, during.resident, after.resident);
  // Isolates, contexts and stacks are gone; V8 keeps a few pools of its own.
#if defined(__SANITIZE_ADDRESS__)  // which keeps large buffers that were freed; an isolate has 17
  EXPECT_LT(after.mappings, before.mappings + 64 + vus);
#else
  EXPECT_LT(after.mappings, before.mappings + 64);
  EXPECT_LT(after.resident, before.resident + 32);
#endif
}

TEST(VuStress, OneVuAnIsolate) { Stress(1); }

TEST(VuStress, SixteenVusAnIsolate) {
  World world("export default function() {}");  // starts the engine
  if (!js::CanShareIsolates()) GTEST_SKIP() << "this V8 does not ask us for thread ids";
  Stress(16);
}

}  // namespace
}  // namespace loadctl::vu
