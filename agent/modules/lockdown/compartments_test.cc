// VUs that share a context as compartments: each is its own, and none can reach or change another,
// by whatever objects they share.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "agent/js/compartments.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

struct CompartmentWorld : vu::World {
  explicit CompartmentWorld(std::string script) : World(std::move(script)) {
    program.modules.erase(program.modules.begin());  // the empty globals
    for (auto& module : AllModules()) {
      if (module.specifier.substr(0, 2) == "k6")
        program.named_modules.emplace_back(module.specifier);
      program.modules.push_back(std::move(module));
    }
    there = vu::MakeSharedSnapshot(program);
  }
  std::string Says(vu::Vu& vu) {
    const std::string error = Iterate(vu).error;
    return error.substr(0, error.find('\n'));
  }
  bool there = false;
};

class Compartments : public testing::Test {
 protected:
  void SetUp() override {
    vu::StartEngineForTests();
    if (!js::CanShareContexts()) GTEST_SKIP() << "this V8 has no queue that can be changed";
  }
};

TEST_F(Compartments, ShareOneContext) {
  CompartmentWorld world("export default function () {}");
  vu::Vu& first = world.Ready(2);
  EXPECT_EQ(first.work().given(), false);
  world.Ready(2);
  ASSERT_TRUE(world.there);
  ASSERT_NE(world.group->shared_context(), nullptr);
}

// Each text is run twice in each of two VUs, with the other in between; it throws what it sees.
struct Sight {
  const char* name;
  const char* body;
  const char* first;   ///< what a VU sees the first time
  const char* second;  ///< and the second time
};

constexpr Sight kSights[] = {
    {"Globals",
     "const seen = globalThis.mine; globalThis.mine = 'x'; return String(seen) + typeof mine;",
     "undefinedstring", "xstring"},
    {"DefinedGlobals",
     "const seen = Object.hasOwn(globalThis, 'mine'); Object.defineProperty(globalThis, 'mine', {"
     "get: () => 7, configurable: true }); return [seen, mine, "
     "Object.getOwnPropertyDescriptor(globalThis, "
     "'mine').configurable, 'mine' in globalThis, "
     "Object.getOwnPropertyNames(globalThis).includes('mine')];",
     "false,7,true,true,true", "true,7,true,true,true"},
    {"DeletedGlobals", "globalThis.mine = 1; delete globalThis.mine; return typeof mine;",
     "undefined", "undefined"},
    {"K6sGlobals",
     "const seen = setTimeout.mine || setTimeout(() => {}, 0) > 100; globalThis.setTimeout = () => "
     "1000; "
     "return seen;",
     "false", "true"},
    {"Console", "const seen = console.mine; console.mine = 1; return String(seen);", "undefined",
     "1"},
    {"Env", "const seen = __ENV.mine; __ENV.mine = 1; return String(seen);", "undefined", "1"},
    {"Exports", "const seen = http.mine; http.mine = 1; return String(seen);", "undefined", "1"},
    {"Functions",
     "try { http.get.mine = 1; } catch (e) { return e instanceof TypeError; } return "
     "http.get.mine;",
     "true", "true"},
    {"Prototypes",
     "const all = [Array, Object, Function, String, Number, Boolean, Symbol, BigInt, Promise, Map, "
     "Set, "
     "WeakMap, WeakSet, Date, RegExp, Error, TypeError, GoError, ArrayBuffer, Uint8Array, "
     "DataView, Counter, "
     "http.CookieJar, Object.getPrototypeOf(Uint8Array), (function* () {}).constructor, (async () "
     "=> {"
     "}).constructor, (async function* () {}).constructor]; const changed = []; for (const Class "
     "of all) for "
     "(const object of [Class, Class.prototype]) try { object.mine = 1; changed.push(Class.name); "
     "} catch {} "
     "return changed.join();",
     "", ""},
    {"HiddenPrototypes",
     "const all = [[][Symbol.iterator](), new Map()[Symbol.iterator](), new Set().values(), "
     "''[Symbol.iterator](),"
     "''.matchAll(/x/g), Object.getPrototypeOf((function* () {})()), Object.getPrototypeOf("
     "(async function* () {})()), http.url`x`, "
     "http.expectedStatuses(200), new http.CookieJar(), http.file('x'), made]; let changed = 0; "
     "for "
     "(let object of all) while ((object = Object.getPrototypeOf(object)) !== null) try { "
     "object.mine = 1; "
     "changed++; } catch {} return changed;",
     "0", "0"},
    {"Namespaces",
     "const changed = []; for (const name of ['Math', 'JSON', 'Reflect']) try { "
     "globalThis[name].mine = 1; "
     "changed.push(name); } catch {} try { Math = 1; changed.push('=') } catch {} return "
     "changed.join();",
     "", ""},
    {"CaughtErrors",
     "try { null.x } catch (e) { try { e.constructor.mine = 1; return 'changed'; } catch {} try { "
     "Object.getPrototypeOf(e).mine = 1; return 'changed'; } catch {} } try { k6.fail('x') } catch "
     "(e) { try { "
     "Object.getPrototypeOf(e).mine = 1; return 'changed'; } catch {} return e instanceof GoError "
     "&& e.name; }",
     "GoError", "GoError"},
    {"Templates",
     "const site = (strings) => strings; const strings = site`a${1}b`; try { strings.mine = 1; "
     "return 'changed'; "
     "} catch {} const seen = known.has(strings); known.set(strings, 1); return seen;",
     "false", "true"},
    {"Symbols",
     "const key = Symbol.for('mine'); const seen = globalThis[key]; globalThis[key] = 1; try { "
     "key.constructor.prototype[key] = 1; return 'changed'; } catch {} return String(seen);",
     "undefined", "1"},
    {"RegExpStatics",
     "const seen = RegExp['$' + 1] ?? RegExp['last' + 'Match'] ?? RegExp.input; "
     "/(o)ne/.exec('one'); return "
     "String(seen);",
     "undefined", "undefined"},
    {"StackTraceLimit",
     "try { Error['stackTrace' + 'Limit'] = 1; return 'changed'; } catch { return new "
     "Error('x').stack.includes('"
     "at '); }",
     "true", "true"},
    {"ThisOfFunctions",
     "const seen = Function('return this')().mine; Function('mine = 1')(); return String(seen) + "
     "mine;",
     "undefined1", "11"},
    {"UndeclaredNames",
     "try { undeclared = 1; return 'set'; } catch (e) { return e.name + typeof undeclared; }",
     "ReferenceErrorundefined", "ReferenceErrorundefined"},
};

class CompartmentSights : public testing::TestWithParam<Sight> {};

TEST_P(CompartmentSights, AreOfTheVuAlone) {
  vu::StartEngineForTests();
  if (!js::CanShareContexts()) GTEST_SKIP() << "this V8 has no queue that can be changed";
  CompartmentWorld world(
      "import http from 'k6/http'; import * as k6 from 'k6'; import { Counter } from 'k6/metrics';"
      "const made = new Counter('own_counter'); const known = new Map(); const look = () => {" +
      std::string(GetParam().body) + "}; export default function () { throw String(look()); }");
  vu::Vu& one = world.Ready(2);
  vu::Vu& other = world.Ready(2);
  ASSERT_NE(world.group->shared_context(), nullptr);
  EXPECT_EQ(world.Says(one), GetParam().first);
  EXPECT_EQ(world.Says(other), GetParam().first);
  EXPECT_EQ(world.Says(one), GetParam().second);
  EXPECT_EQ(world.Says(other), GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(All, CompartmentSights, testing::ValuesIn(kSights),
                         [](const auto& sight) { return std::string(sight.param.name); });

TEST_F(Compartments, ObjectsOfTheScriptHaveNamesThatPrototypesHave) {
  CompartmentWorld world(
      "class Named extends Error { constructor(m) { super(m); this.name = 'Named'; } }"
      "function Old() {} Old.prototype = Object.create(Error.prototype);"
      "Old.prototype.constructor = Old; Old.prototype.name = 'Old'; Old.prototype.toString = () => "
      "'old';"
      "export default function () {"
      "  const o = {}; o.toString = () => 'o'; o.constructor = 1; o.valueOf = 2; o.hasOwnProperty "
      "= 3;"
      "  const f = () => 1; f.call = 4; f.toString = () => 'f';"
      "  const e = new TypeError('m'); e.message = 'n'; e.name = 'T';"
      "  const parsed = JSON.parse('{\"toString\":1,\"constructor\":2,\"__proto__\":3}');"
      "  throw [o, Object.keys(o), f, f.call, e, new Named('x'), new Old(), new Old().name,"
      "    Object.keys(parsed)].join(' '); }");
  EXPECT_EQ(world.Says(world.Ready(2)),
            "o toString,constructor,valueOf,hasOwnProperty f 4 T: n Named: x old Old "
            "toString,constructor,__proto__");
}

TEST_F(Compartments, PromisesAreOfTheVuThatMadeThem) {
  // Each leaves jobs behind when it pauses; the other must not run them.
  CompartmentWorld world(
      "import { pause } from 'k6/test'; import exec from 'k6/execution'; const seen = [];"
      "export default async function () {"
      "  const me = exec.vu.idInTest;"
      "  Promise.resolve().then(() => seen.push(exec.vu.idInTest));"
      "  for (let i = 0; i < 20; i++) { pause(); await null; seen.push(exec.vu.idInTest); pause(); "
      "}"
      "  if (seen.some((id) => id !== me)) throw `${me}: ${seen}`; }");
  for (int i = 0; i < 4; ++i) world.Ready(4);
  int done = 0;
  std::string errors;
  for (auto& vu : world.vus) {
    vu->Assign(
        [&](vu::Vu& self) {
          self.EnterScenario(world.scenario, nullptr);
          errors += self.RunIteration({}).error;
        },
        vu::TimePoint::max(), [&] { ++done; });
  }
  world.loop.RunUntil([&] { return done == 4; });
  EXPECT_EQ(errors, "");
}

TEST_F(Compartments, TimersAndRandomSeedsAreOfTheVu) {
  CompartmentWorld world(
      "import { randomSeed } from 'k6'; import exec from 'k6/execution';"
      "randomSeed(7); const before = Math.random();"
      "export default async function () {"
      "  const at = await new Promise((done) => setTimeout(() => done(exec.vu.idInTest), 1));"
      "  throw `${at === exec.vu.idInTest} ${before} ${Math.random()}`; }");
  vu::Vu& one = world.Ready(2);
  vu::Vu& other = world.Ready(2);
  const std::string first = world.Says(one);
  EXPECT_EQ(world.Says(other), first);
  EXPECT_NE(world.Says(one), first);
}

TEST_F(Compartments, EndOfOneHitsNoOther) {
  CompartmentWorld world(
      "import { pause } from 'k6/test'; import exec from 'k6/execution'; let n = 0;"
      "export default function () { n++; if (exec.vu.idInTest === 1 && n === 1) for (;;) {} throw "
      "String(n); }");
  vu::Vu& one = world.Ready(2);
  vu::Vu& other = world.Ready(2);
  EXPECT_EQ(world.Says(other), "1");
  one.End();
  world.loop.RunUntil([&] { return one.state() == vu::Vu::State::kEnded; });
  EXPECT_EQ(world.Says(other), "2");
}

TEST_F(Compartments, ScriptsThatNeedContextsAreFoundOut) {
  vu::Program program;
  vu::NoteNames(program, {{"file:///a.js", "Error.stackTraceLimit = 5"}});
  EXPECT_EQ(program.needs_context, "stackTraceLimit");
  EXPECT_FALSE(vu::MakeSharedSnapshot(program));
}

}  // namespace
}  // namespace loadctl::modules
