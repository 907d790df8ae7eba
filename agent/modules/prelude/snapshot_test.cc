// VUs that are copies of a snapshot: each is its own, and none differs from one that ran all
// itself.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

struct SnapshotWorld : vu::World {
  explicit SnapshotWorld(std::string script) : World(std::move(script)) {
    program.modules.erase(program.modules.begin());  // the empty globals
    for (auto& module : AllModules()) {
      if (module.specifier.substr(0, 2) == "k6")
        program.named_modules.emplace_back(module.specifier);
      program.modules.push_back(std::move(module));
    }
    vu::MakeSnapshot(program);
  }
  std::string Says(vu::Vu& vu) {
    const std::string error = Iterate(vu).error;
    return error.substr(0, error.find('\n'));
  }
};

TEST(Snapshot, HasEveryModuleThatScriptsCanName) {
  const SnapshotWorld world("export default function () {}");
  ASSERT_NE(world.program.snapshot, nullptr);
  const auto& faces = world.program.snapshot->faces();
  const std::set<std::string> there(faces.begin(), faces.end());
  for (const auto& name : world.program.named_modules) EXPECT_EQ(there.count(name), 1u) << name;
}

TEST(Snapshot, WhatOneVuChangesNoOtherSees) {
  SnapshotWorld world(
      "import http from 'k6/http'; import exec from 'k6/execution'; import { Counter } from "
      "'k6/metrics';"
      "const hits = new Counter('hits'); let n = 0;"
      "export default function () {"
      "  n++;"
      "  const seen = [n, http.mine, [].mine, Math.mine, console.mine, globalThis.mine, hits.mine,"
      "    exec.vu.idInTest, http.get === globalThis.get];"
      "  http.mine = Array.prototype.mine = Math.mine = console.mine = globalThis.mine = hits.mine "
      "= n;"
      "  globalThis.get = http.get;"
      "  throw JSON.stringify(seen); }");
  for (int i = 1; i <= 3; ++i) {
    const std::string me = std::to_string(i);
    vu::Vu& vu = world.Ready(3);
    EXPECT_EQ(world.Says(vu), "[1,null,null,null,null,null,null," + me + ",false]");
    EXPECT_EQ(world.Says(vu), "[2,1,1,1,1,1,1," + me + ",true]");
  }
}

TEST(Snapshot, ValuesAreOfTheScriptsOwnContext) {
  SnapshotWorld world(
      "import { fail } from 'k6'; import encoding from 'k6/encoding'; import crypto from "
      "'k6/crypto';"
      "export default function () {"
      "  let error; try { fail('x'); } catch (e) { error = e; }"
      "  throw JSON.stringify([error instanceof Error, error instanceof GoError, String(error),"
      "    encoding.b64decode('aGk=') instanceof ArrayBuffer,"
      "    crypto.sha256('', 'binary') instanceof ArrayBuffer, fail instanceof Function]); }");
  EXPECT_EQ(world.Says(world.Ready(2)), R"([true,true,"GoError: x",true,true,true])");
  EXPECT_EQ(world.Says(world.Ready(2)), R"([true,true,"GoError: x",true,true,true])");
}

TEST(Snapshot, WhatK6LacksIsNotThere) {
  SnapshotWorld world(
      "export default function () { throw ['SharedArrayBuffer', 'Atomics', 'WeakRef',"
      "  'FinalizationRegistry', 'Intl'].filter((name) => name in globalThis).join() + ';'; }");
  EXPECT_EQ(world.Says(world.Ready()), ";");
}

TEST(Snapshot, TimersArriveInTheVuThatSetThem) {
  SnapshotWorld world(
      "import exec from 'k6/execution';"
      "export default async function () {"
      "  const at = await new Promise((done) => setTimeout(() => done(exec.vu.idInTest), 1));"
      "  if (at !== exec.vu.idInTest) throw `${at} in ${exec.vu.idInTest}`; }");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.Says(world.Ready(3)), "");
}

TEST(Snapshot, EachVuHasRandomNumbersOfItsOwn) {
  SnapshotWorld world("export default function () { throw String(Math.random()); }");
  std::set<std::string> numbers;
  for (int i = 0; i < 6; ++i) numbers.insert(world.Says(world.Ready(3)));
  EXPECT_EQ(numbers.size(), 6u);
}

TEST(Snapshot, WebAssemblyIsThereForScriptsThatNameIt) {
  constexpr char kType[] = "export default function () { throw typeof globalThis['WebAssembly']; }";
  SnapshotWorld with(kType);
  EXPECT_EQ(with.Says(with.Ready()), "object");
  SnapshotWorld without(kType);
  without.program.names_web_assembly = false;
  EXPECT_EQ(without.Says(without.Ready()), "undefined");
}

}  // namespace
}  // namespace loadctl::modules
