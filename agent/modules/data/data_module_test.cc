// k6/data: what scripts see of a SharedArray, and that VUs share one.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

/// A world whose iterations throw what `expression` gives, as JSON. `init` is init code.
struct DataWorld : vu::World {
  DataWorld(const std::string& init, const std::string& expression)
      : World(
            "import { SharedArray } from 'k6/data'; import { hang } from 'k6/test';"
            "const why = (f) => { try { return f(); } catch (e) { return `${e.name}: "
            "${e.message}`; } };" +
            init + "export default function () { throw JSON.stringify(" + expression + "); }") {
    program.modules.erase(program.modules.begin());  // the empty globals
    for (auto& module : AllModules()) program.modules.push_back(std::move(module));
  }
  std::string Shown(vu::Vu& vu) {
    const std::string error = Iterate(vu).error;
    return error.substr(0, error.find('\n'));
  }
};

std::string Of(const std::string& init, const std::string& expression) {
  DataWorld world(init, expression);
  return world.Shown(world.Ready());
}

constexpr char kMixed[] =
    "const a = new SharedArray('a', () => [1, 'x', { o: [2, { p: 3 }] }, null, [], '\\u20ac']);";

TEST(SharedArray, IsReadLikeAnArray) {
  EXPECT_EQ(Of(kMixed, "[a.length, a[0], a['1'], a[2], a[3], a[4], a[5]]"),
            "[6,1,\"x\",{\"o\":[2,{\"p\":3}]},null,[],\"\xe2\x82\xac\"]");
  EXPECT_EQ(Of(kMixed, "[a[6], a[-1], a[1.5], a['01']].map(String)"),
            R"(["undefined","undefined","undefined","undefined"])");
  EXPECT_EQ(Of(kMixed, "[...a]"), "[1,\"x\",{\"o\":[2,{\"p\":3}]},null,[],\"\xe2\x82\xac\"]");
  EXPECT_EQ(Of(kMixed,
               "[a.map((x) => typeof x), a.filter((x) => x === 1), a.slice(1, 2), "
               "a.indexOf('x'), a.concat([7]).length, Array.isArray(a)]"),
            R"([["number","string","object","object","object","string"],[1],["x"],1,7,true])");
  EXPECT_EQ(Of(kMixed, "[Object.keys(a), 0 in a, 6 in a, Array.isArray(a.map((x) => x))]"),
            R"([["0","1","2","3","4","5"],true,false,true])");
  EXPECT_EQ(Of("const a = new SharedArray('a', () => []);", "[a.length, a, String(a[0])]"),
            R"([0,[],"undefined"])");
}

TEST(SharedArray, HasWhatJsonHas) {
  // Reading an element that JSON cannot hold is k6's SyntaxError; here it is null, as in an array.
  EXPECT_EQ(Of("const a = new SharedArray('a', () => [1, , undefined, () => 1, NaN, -0, "
               "new Date(0), { toJSON: () => 5 }, { u: undefined, __proto__: null }]);",
               "[a, Object.is(a[5], 0)]"),
            R"([[1,null,null,null,null,0,"1970-01-01T00:00:00.000Z",5,{}],true])");
}

TEST(SharedArray, RefusesEveryChange) {
  EXPECT_EQ(Of(kMixed,
               "[() => { a[0] = 2; }, () => { a.x = 2; }, () => { a.length = 0; }, "
               "() => delete a[0], () => a.push(1), () => a.sort(), "
               "() => Object.defineProperty(a, 0, { value: 1 }), "
               "() => Object.setPrototypeOf(a, null)].map((f) => why(f))"
               ".filter((x) => x !== 'TypeError: SharedArray is immutable')"),
            "[]");
  EXPECT_EQ(Of(kMixed,
               "[Object.freeze, Object.seal, Object.preventExtensions]"
               ".map((f) => why(() => f(a)))"
               ".filter((x) => !x.endsWith('Cannot make a dynamic object non-extensible'))"),
            "[]");
  EXPECT_EQ(Of(kMixed,
               "(why(() => Object.freeze(a)), [Object.isFrozen(a), Object.keys(a).length, "
               "a.hasOwnProperty(0), a[0]])"),
            "[false,6,true,1]");
  EXPECT_EQ(Of(kMixed,
               "[Object.isFrozen(a[2]), Object.isFrozen(a[2].o[1]), "
               "why(() => { a[2].o[1].p = 4; }).slice(0, 9), a[2].o[1].p]"),
            R"([true,true,"TypeError",3])");
}

TEST(SharedArray, SaysWhatItCannotBeMadeOf) {
  const auto error = [](const std::string& arguments) {
    return Of("const e = why(() => String(new SharedArray(" + arguments + ")));", "e");
  };
  EXPECT_EQ(error("'a', () => ({ length: 1 })"),
            R"("GoError: only arrays can be made into SharedArray")");
  EXPECT_EQ(error("'', () => []"),
            R"("GoError: empty name provided to SharedArray's constructor")");
  EXPECT_EQ(
      error("'a', 5"),
      R"("GoError: a function is expected as the second argument of SharedArray's constructor")");
  EXPECT_EQ(
      error("'a', async () => []"),
      R"("GoError: SharedArray constructor does not support async functions as second argument")");
  EXPECT_EQ(error("'a', () => { throw new RangeError('boo'); }"), R"("RangeError: boo")");
  EXPECT_EQ(error("undefined, () => [1]"), R"("1")");
  EXPECT_EQ(Of("", "why(() => new SharedArray('a', () => []))"),
            R"("GoError: new SharedArray must be called in the init context")");
}

TEST(SharedArray, IsMadeAgainAfterAFailure) {
  EXPECT_EQ(Of("const first = why(() => new SharedArray('a', () => { throw new Error('no'); }));"
               "const a = new SharedArray('a', () => [1]);",
               "[first, a]"),
            R"(["Error: no",[1]])");
}

TEST(SharedArray, MayBeMadeWhileAnotherIs) {
  EXPECT_EQ(Of("const a = new SharedArray('a', () => {"
               "  const b = new SharedArray('b', () => [4]);"
               "  const own = new SharedArray('a', () => [5]);"
               "  return [b[0], own[0]];"
               "});",
               "a"),
            "[5]");  // the one that was ready first
}

TEST(SharedArray, IsMadeOnceForAllVus) {
  DataWorld world(
      "let made = 0;"
      "const a = new SharedArray('a', () => { made = 1; return [__VU]; });",
      "[made, a[0]]");
  auto& first = world.Ready();
  auto& second = world.Ready();
  EXPECT_EQ(world.Shown(first), "[1,1]");
  EXPECT_EQ(world.Shown(second), "[0,1]");
}

/// Loads the script of two VUs at once, each on a thread of its own; `deadline` is the first one's.
/// Gives what their iterations then throw; of one whose init code failed, that.
std::vector<std::string> AtOnce(DataWorld& world, vu::TimePoint deadline) {
  world.Make();
  world.Make();  // one after the other: the snapshot is made here
  std::vector<std::string> shown(2);
  std::vector<std::unique_ptr<vu::Loop>> loops;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i) loops.push_back(std::make_unique<vu::Loop>());
  std::vector<std::unique_ptr<vu::Vu>> vus;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto number = static_cast<std::int64_t>(i) + 1;
    auto group =
        std::make_shared<vu::Group>(world.limits, vu::Sharing::kOneVu, world.program.snapshot);
    vus.push_back(
        std::make_unique<vu::Vu>(plan::VuNumbers{number, number}, group, world.program, *loops[i]));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const auto made = vus[i]->Init(i == 0 ? deadline : vu::TimePoint::max());
      if (!made) shown[i] = made.error().message;
      vus[i]->End();
      loops[i]->RunUntil([&] { return vus[i]->state() == vu::Vu::State::kEnded; });
    });
  }
  for (auto& thread : threads) thread.join();
  return shown;
}

TEST(SharedArray, IsMadeByOneWhileOthersWait) {
  DataWorld world(
      "import { nap } from 'k6/test';"
      "let made = 0;"
      "const a = new SharedArray('a', () => { made = 1; nap(20); return [__VU]; });"
      "if (made !== (a[0] === __VU ? 1 : 0)) throw new Error('made twice');",
      "1");
  EXPECT_EQ(AtOnce(world, vu::TimePoint::max()), (std::vector<std::string>{"", ""}));
}

TEST(SharedArray, IsMadeByAnotherWhenItsMakerIsCut) {
  DataWorld world(
      "const a = new SharedArray('a', () => { if (__VU === 1) hang(); return [__VU]; });"
      "if (a[0] !== 2) throw new Error('whose is it?');",
      "1");
  const auto shown =
      AtOnce(world, std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
  EXPECT_EQ(shown[1], "");
}

// ---- of a large file: read where it lies

/// An array as JSON, too large to be copied into the heap.
std::string LargeArray(const std::string& element = R"({"name": "\u20ac", "n": [1, {"x": 2.5}]})") {
  std::string text = "[ " + element;
  while (text.size() < 100'000) text += " ,\n" + element;
  return text + "]";
}

/// What an iteration shows of `a`, made by `function` of the file's content.
std::string OfLarge(const std::string& content, const std::string& function,
                    const std::string& expression) {
  DataWorld world("const a = new SharedArray('a', () => { const f = " + function +
                      "; return f(open('./d.json')); });",
                  expression);
  world.files["file:///d.json"] = content;
  return world.Shown(world.Ready());
}

constexpr char kLook[] =
    "[a.length > 100, a[0], a[a.length - 1], a[a.length] === undefined, "
    "Object.isFrozen(a[1].n[1]), a.slice(5, 6)]";
constexpr char kSeen[] =
    "[true,{\"name\":\"\xe2\x82\xac\",\"n\":[1,{\"x\":2.5}]},"
    "{\"name\":\"\xe2\x82\xac\",\"n\":[1,{\"x\":2.5}]},true,true,"
    "[{\"name\":\"\xe2\x82\xac\",\"n\":[1,{\"x\":2.5}]}]]";

TEST(LargeSharedArray, IsTheSameHoweverItIsMade) {
  for (const char* function :
       {"(t) => JSON.parse(t)",                                     // where it lies
        "(t) => { const d = JSON.parse(t); d.length; return d; }",  // and asked for that
        "(t) => JSON.parse(t).slice()", "(t) => JSON.parse(t).map((x) => x)",
        "(t) => { const d = JSON.parse(t); if (d[0].n.length !== 2) throw 1; return d; }",
        "(t) => JSON.parse(t + ' ')", "(t) => JSON.parse(t, (k, v) => v)",
        "(t) => JSON.parse(`{\"d\":${t}}`).d"})
    EXPECT_EQ(OfLarge(LargeArray(), function, kLook), kSeen) << function;
}

TEST(LargeSharedArray, MayBeAMemberOfWhatTheFileHolds) {
  const std::string content = R"({"meta": {"v": 1}, "d": [0], "d": )" + LargeArray() + "}";
  for (const char* function :
       {"(t) => JSON.parse(t).d", "(t) => { const { meta, d } = JSON.parse(t); return d; }",
        "(t) => { const o = JSON.parse(t); const d = o.d; Object.keys(o);"
        "  if (o.d !== d || o.meta.v !== 1 || o.nothing !== undefined) throw 1; return d; }",
        "(t) => { const o = JSON.parse(t); o.x = 1; if (o.x !== 1) throw 2; return o.d; }"})
    EXPECT_EQ(OfLarge(content, function, kLook), kSeen) << function;
}

TEST(LargeSharedArray, MayBeChangedBeforeItIsMade) {
  const std::string content = LargeArray("1");
  EXPECT_EQ(OfLarge(content,
                    "(t) => { const d = JSON.parse(t); d[0] = 5; d.length = 2; return d; }", "a"),
            "[5,1]");
  EXPECT_EQ(
      OfLarge(content, "(t) => { const d = JSON.parse(t); d.splice(1); return d.concat(d); }", "a"),
      "[1,1]");
  EXPECT_EQ(OfLarge(content,
                    "(t) => { const d = JSON.parse(t); Object.setPrototypeOf(d, { q: 7 });"
                    "  return [d.q, Array.isArray(d), typeof d.push]; }",
                    "a"),
            R"([7,true,"undefined"])");
  EXPECT_EQ(OfLarge(content,
                    "(t) => { const d = Object.freeze(JSON.parse(t)); return [Object.isFrozen(d), "
                    "d instanceof Array, d[0]]; }",
                    "a"),
            "[true,true,1]");
}

TEST(LargeSharedArray, HasErrorsAndNumbersOfJsonParse) {
  const std::string array = LargeArray("1");
  const auto error = [](const std::string& content) {
    DataWorld world(
        "const e = why(() => new SharedArray('a', () => JSON.parse(open('./d.json'))));", "e");
    world.files["file:///d.json"] = content;
    return world.Shown(world.Ready()).substr(0, 30);
  };
  EXPECT_EQ(error(array + "x").substr(0, 13), "\"SyntaxError:");
  EXPECT_EQ(error(array.substr(1)).substr(0, 13), "\"SyntaxError:");
  EXPECT_EQ(error("{\"a\":" + array + "}"), "\"GoError: only arrays can be m");
  EXPECT_EQ(OfLarge("[-0, 1e999," + array.substr(1), "JSON.parse", "[Object.is(a[0], 0), a[1]]"),
            "[true,null]");
}

TEST(LargeSharedArray, LeavesJsonParseAsItWas) {
  DataWorld world(
      "const parse = JSON.parse;"
      "why(() => new SharedArray('a', () => { throw 1; }));"
      "const same = JSON.parse === parse;"
      "const a = new SharedArray('a', () => { why(() => { JSON.parse = () => [9]; }); return [7]; "
      "});",
      "[same, a[0]]");
  EXPECT_EQ(world.Shown(world.Ready()), "[true,7]");
}

}  // namespace
}  // namespace loadctl::modules
