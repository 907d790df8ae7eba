// The files of a script: ES modules, CommonJS, what each sees of the other, and what is refused.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "agent/vu/vu_test_world.h"

namespace loadctl::vu {
namespace {

/// What the script's `read` gives, as JSON; the error of its init code if that failed.
std::string Read(World& world) {
  Vu& vu = world.Make();
  const auto made = vu.Init(TimePoint::max());
  if (!made) return made.error().message;
  vu.MoveTo(world.loop, world.recorder, nullptr, world.stats);
  WorkResult result;
  bool done = false;
  vu.Assign([&](Vu& self) { result = self.CallForJson("read", {}); }, TimePoint::max(),
            [&] { done = true; });
  world.loop.RunUntil([&] { return done; });
  return result.json.value_or(result.error);
}

/// The same for every VU: the first compiles, the others take its code from the cache.
std::string ReadTwice(World& world) {
  const std::string first = Read(world);
  EXPECT_EQ(Read(world), first);
  return first;
}

TEST(Files, AFileWithoutImportOrExportIsCommonJs) {
  World world(
      "exports.read = () => [typeof module, this === exports, arguments.length,"
      "  (function () { return this; })() === undefined]; return;");
  EXPECT_EQ(ReadTwice(world), R"(["object",true,2,true])");
}

TEST(Files, CommonJsKeepsTheColumnsOfItsFirstLine) {
  World world("exports.default = () => { throw new Error('x'); };");
  EXPECT_EQ(world.Iterate(world.Ready()).error,
            "Error: x\n\tat exports.default (file:///test.js:1:33)\n");
  // From the code cache, too.
  EXPECT_EQ(world.Iterate(world.Ready()).error,
            "Error: x\n\tat exports.default (file:///test.js:1:33)\n");
}

TEST(Files, ALongCommonJsFileIsUsedInPlace) {
  World world("// " + std::string(5000, 'x') + "\nexports.read = () => 7;");
  EXPECT_EQ(ReadTwice(world), "7");
}

TEST(Files, RequireGivesTheSameExportsEachTime) {
  World world(
      "const a = require('./a.js'); a.n++;"
      "exports.read = () => [a.n, require === globalThis.require, a === again];"
      "const again = require('/a.js');");
  world.files["file:///a.js"] = "exports.n = 1;";
  EXPECT_EQ(ReadTwice(world), "[2,true,true]");
}

TEST(Files, RequireResolvesAgainstTheFileThatAsks) {
  World world("exports.read = require('./lib/outer.js').read;");
  world.files["file:///lib/outer.js"] =
      "exports.read = () => inner; const inner = require('./inner.js');";
  world.files["file:///lib/inner.js"] = "module.exports = 'inner';";
  world.files["file:///inner.js"] = "module.exports = 'wrong';";
  EXPECT_EQ(ReadTwice(world), R"("inner")");
}

TEST(Files, AnEsModuleImportsCommonJs) {
  World world(
      "import all, { a, absent } from './c.js'; import * as space from './c.js';"
      "import one from './d.js';"
      "export const read = () => [all, a, typeof absent, Object.keys(space), one];");
  world.files["file:///c.js"] = "exports.a = 1; exports.b = 2;";
  world.files["file:///d.js"] = "exports.default = 'by default'; exports.other = 1;";
  EXPECT_EQ(ReadTwice(world),
            R"([{"a":1,"b":2},1,"undefined",["a","absent","b","default"],"by default"])");
}

TEST(Files, CommonJsRequiresAnEsModule) {
  World world("const m = require('./m.js'); m.grow(); exports.read = () => [m.default, m.n];");
  world.files["file:///m.js"] =
      "export default 'd'; export let n = 1; export function grow() { n++; }";
  EXPECT_EQ(ReadTwice(world), R"(["d",2])");
}

TEST(Files, FilesRunInTheOrderOfTheirImports) {
  World world(
      "import './one.js'; import './two.js'; import './three.js'; import './four.js';"
      "order.push('main'); export const read = () => order;");
  world.files["file:///one.js"] = "globalThis.order = ['one']; export {};";
  world.files["file:///two.js"] = "order.push('two');";
  world.files["file:///three.js"] = "import './inner.js'; order.push('three'); export {};";
  world.files["file:///inner.js"] = "order.push('inner');";
  world.files["file:///four.js"] = "order.push('four'); require('./one.js');";
  EXPECT_EQ(ReadTwice(world), R"(["one","two","inner","three","four","main"])");
}

TEST(Files, CirclesOfCommonJsSeeWhatIsThere) {
  World world("exports.read = () => require_a; const require_a = require('./a.js');");
  world.files["file:///a.js"] = "exports.early = 1; exports.b = require('./b.js');";
  world.files["file:///b.js"] = "const a = require('./a.js'); exports.saw = { ...a };";
  EXPECT_EQ(ReadTwice(world), R"({"early":1,"b":{"saw":{"early":1}}})");
}

TEST(Files, CirclesOfEsModulesAroundCommonJsWork) {
  World world("import { b } from './b.js'; export const a = 'a'; export const read = () => b();");
  world.files["file:///b.js"] =
      "import { a } from './test.js'; import c from './c.js'; export const b = () => a + c;";
  world.files["file:///c.js"] = "module.exports = 'c';";
  EXPECT_EQ(ReadTwice(world), R"("ac")");
}

TEST(Files, AFileThatThrewThrowsAgainWithoutRunning) {
  World world(
      "const seen = []; globalThis.runs = 0;"
      "for (let i = 0; i < 2; i++) try { require('./t.js'); } catch (e) { seen.push(e.message); }"
      "exports.read = () => [seen, runs];");
  world.files["file:///t.js"] = "runs++; throw new Error('t');";
  EXPECT_EQ(ReadTwice(world), R"([["t","t"],1])");
}

TEST(Files, WhatAnEsModuleThrowsCanBeCaught) {
  World world(
      "let seen; try { require('./t.js'); } catch (e) { seen = e.message; }"
      "exports.read = () => seen;");
  world.files["file:///t.js"] = "export {}; throw new Error('t');";
  EXPECT_EQ(ReadTwice(world), R"("t")");
}

TEST(Files, WhatIsMissingCanBeCaughtUnlessItIsOfK6) {
  World caught(
      "let seen; try { require('./absent.js'); } catch (e) { seen = String(e); }"
      "exports.read = () => seen;");
  EXPECT_EQ(ReadTwice(caught), R"("GoError: no file \"./absent.js\"")");
  World ours("try { require('k6/nothing'); } catch {} exports.read = () => 1;");
  EXPECT_NE(Read(ours).find("k6/nothing"), std::string::npos);
}

TEST(Files, RequireSuspendsWhereTheFileWaits) {
  World world("exports.read = () => [require_nap, 'x']; const require_nap = require('./nap.js');");
  world.files["file:///nap.js"] =
      "import { nap } from 'k6/test'; nap(2); export const slept = true;";
  EXPECT_EQ(ReadTwice(world), R"([{"slept":true},"x"])");
}

TEST(Files, RequireIsForInitCode) {
  World world(
      "exports.read = () => { try { require('./a.js'); } catch (e) { return e.message.slice(0, 44);"
      " } };");
  world.files["file:///a.js"] = "";
  EXPECT_EQ(ReadTwice(world), R"("the \"require\" function is only available in ")");
}

TEST(Files, ExportsMustNotBeNull) {
  World world("require('./n.js');");
  world.files["file:///n.js"] = "module.exports = null;";
  EXPECT_EQ(Read(world),
            "GoError: CommonJS's exports must not be null\n\tat file:///test.js:1:1\n");
}

TEST(Files, ASyntaxErrorOfCommonJsHasItsPlace) {
  World world("exports.a = 1;\nlet = ;");
  EXPECT_EQ(Read(world).rfind("file:///test.js: Line 2:", 0), 0u);
}

TEST(Files, ImportMetaResolves) {
  World world(
      "export const read = () => [Object.keys(import.meta), import.meta.resolve('../a/./b.js')];");
  EXPECT_EQ(ReadTwice(world), R"([["resolve"],"file:///a/b.js"])");
}

TEST(Files, HiddenFacesAreForFacesAlone) {
  World world("import { secret } from 'k6/open'; export const read = () => secret();");
  world.program.modules.push_back({"k6/open",
                                   "import { lazily } from 'loadctl:k6/open';"
                                   "export const secret = () => lazily('loadctl:hidden').value;",
                                   {js::kLazily}});
  world.program.modules.push_back({"loadctl:hidden", "export const value = 5;", {}});
  EXPECT_EQ(ReadTwice(world), "5");
  World thief("import 'loadctl:hidden'; export const read = () => 1;");
  thief.program.modules.push_back({"loadctl:hidden", "export const value = 5;", {}});
  EXPECT_NE(Read(thief).find("is not known"), std::string::npos);
}

}  // namespace
}  // namespace loadctl::vu
