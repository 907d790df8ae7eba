// VUs without a network: scripts, suspensions, cuts, sharing of isolates.
#include "agent/vu/vu.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "agent/vu/fiber.h"

namespace loadctl::vu {
namespace {

using namespace std::chrono_literals;

/// What the test's own module `k6/test` offers to scripts.
class TestModule {
 public:
  explicit TestModule(Vu& vu) : vu_(vu) {}
  void Pause(js::Call& call) {  // suspends once; a number comes back
    vu_.parker().Unpark();      // leaves a token, so that Park() below needs a second one
    vu_.parker().Park();
    vu_.loop().Post([this] { vu_.parker().Unpark(); });
    vu_.parker().Park();
    call.Return(static_cast<double>(vu_.numbers().in_test));
  }
  void Hang(js::Call&) {  // suspends until it is cut
    while (!vu_.interrupted()) vu_.parker().Park();
  }
  void Nap(js::Call& call) {
    vu_.SleepUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(call.Integer(0)));
  }
  void OnTimer(js::Call& call) { dispatcher_ = vu_.AddDispatcher(call.KeepFunction(0)); }
  void Start(js::Call& call) { vu_.StartTimer(dispatcher_, call.Number(0), 1ms); }

 private:
  Vu& vu_;
  int dispatcher_ = -1;
};

struct World {
  explicit World(std::string script) : text(std::move(script)) {
    static std::once_flag once;
    std::call_once(once, [] {
      const char* flags = std::getenv("LOADCTL_V8_FLAGS");
      js::StartEngine(std::string("--expose-gc ") + (flags == nullptr ? "" : flags));
    });
    program.main_url = "file:///test.js";
    program.load_file = [this](const std::string& url) -> Result<std::string_view> {
      if (url == "file:///test.js") return std::string_view(text);
      return Fail("no file " + url);
    };
    program.code = &code;
    program.modules.push_back({"k6/globals", "", {}, nullptr});
    program.modules.push_back(
        {"k6/test",
         "export { pause, hang, nap, start, onTimer } from 'loadctl:k6/test';",
         {js::Native<&TestModule::Pause>("pause"), js::Native<&TestModule::Hang>("hang"),
          js::Native<&TestModule::Nap>("nap"), js::Native<&TestModule::Start>("start"),
          js::Native<&TestModule::OnTimer>("onTimer")},
         [](Vu& vu) -> std::shared_ptr<void> { return std::make_shared<TestModule>(vu); }});
    program.log = [this](const LogLine& line) { log.push_back(line.message); };
    scenario = std::make_shared<ScenarioInfo>();
    scenario->name = "default";
    scenario->exec = "default";
  }
  ~World() {
    for (auto& vu : vus) vu->End();
    loop.RunUntil([this] {
      for (auto& vu : vus)
        if (vu->state() != Vu::State::kEnded && vu->state() != Vu::State::kNew) {
          loop.Post([] {});
          return false;
        }
      return true;
    });
  }

  Vu& Make(int per_group = 1) {
    if (vus.size() % static_cast<std::size_t>(per_group) == 0) {
      group =
          std::make_shared<Group>(limits, per_group > 1 ? Sharing::kSeveralVus : Sharing::kOneVu);
    }
    const auto number = static_cast<std::int64_t>(vus.size()) + 1;
    vus.push_back(std::make_unique<Vu>(plan::VuNumbers{number, number}, group, program, loop));
    return *vus.back();
  }

  Vu& Ready(int per_group = 1) {
    Vu& vu = Make(per_group);
    auto made = vu.Init(TimePoint::max());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (made) vu.MoveTo(loop, recorder, nullptr, stats);
    return vu;
  }

  WorkResult Iterate(Vu& vu, TimePoint deadline = TimePoint::max()) {
    WorkResult result;
    bool done = false;
    vu.Assign(
        [&](Vu& self) {
          self.EnterScenario(scenario, nullptr);
          result = self.RunIteration({});
        },
        deadline, [&] { done = true; });
    loop.RunUntil([&] { return done; });
    return result;
  }

  std::string text;
  js::HeapLimits limits;
  Loop loop;
  js::CodeCache code;
  Program program;
  metrics::Recorder recorder{program.metrics, 0};
  WorkerStats stats;
  std::shared_ptr<ScenarioInfo> scenario;
  std::shared_ptr<Group> group;
  std::vector<std::unique_ptr<Vu>> vus;
  std::vector<std::string> log;
};

TEST(Vu, RunsTheDefaultFunction) {
  World world(
      "import {pause} from 'k6/test'; let n = 0;"
      "export default function() { n += pause(); if (n !== 1) throw new Error('n ' + n); }");
  Vu& vu = world.Ready();
  EXPECT_EQ(world.Iterate(vu).kind, WorkResult::Kind::kComplete);
  EXPECT_EQ(vu.ExportedFunctions(), std::vector<std::string>{"default"});
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
  EXPECT_LT(after.mappings, before.mappings + 64);
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
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
