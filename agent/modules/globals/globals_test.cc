// The globals, and the faces that some of them stand for.
#include <gtest/gtest.h>

#include <string>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

/// What `expression` gives in an iteration, as JSON.
std::string Of(const std::string& expression) {
  vu::World world(
      "import { b64encode, b64decode } from 'k6/encoding';"
      "import crypto6 from 'k6/crypto';"
      "const text = (buffer) => new TextDecoder().decode(buffer);"
      "export default async function () { throw JSON.stringify(await (" +
      expression + ")); }");
  world.program.modules.erase(world.program.modules.begin());  // the empty globals
  for (auto& module : AllModules()) world.program.modules.push_back(std::move(module));
  std::string error = world.Iterate(world.Ready()).error;
  constexpr std::string_view kPrefix = "Uncaught (in promise) ";
  if (error.rfind(kPrefix, 0) == 0) error.erase(0, kPrefix.size());
  return error.substr(0, error.find('\n'));
}

TEST(Globals, TextCoding) {
  EXPECT_EQ(Of("Array.from(new TextEncoder().encode('\\u20acx'))"), "[226,130,172,120]");
  EXPECT_EQ(
      Of("(() => { const d = new TextDecoder(); const b = (...x) => new Uint8Array(x);"
         "return [d.decode(b(0xe2, 0x82), { stream: true }), d.decode(b(0xac)), d.decode()]; })()"),
      "[\"\",\"\xe2\x82\xac\",\"\"]");
  EXPECT_EQ(Of("(() => { try { new TextDecoder('latin1'); } catch (e) { return String(e); } })()"),
            R"("RangeError: unsupported encoding: latin1")");
}

TEST(Globals, ALateGlobalIsMadeOnceAndMayBeReplaced) {
  EXPECT_EQ(Of("[TextEncoder === TextEncoder, crypto === globalThis.crypto]"), "[true,true]");
  EXPECT_EQ(Of("(() => { globalThis.crypto = 5; return crypto; })()"), "5");
}

TEST(Globals, CryptoFillsJustTheView) {
  EXPECT_EQ(
      Of("(() => { const all = new Uint32Array(40); crypto.getRandomValues(all.subarray(20));"
         "return [all.subarray(0, 20).every((x) => x === 0), all.subarray(20).some((x) => x > 0)];"
         "})()"),
      "[true,true]");
  EXPECT_EQ(Of("crypto.subtle.digest('SHA-1', new TextEncoder().encode('xabc').subarray(1))"
               ".then((d) => crypto6.hexEncode(d))"),
            R"("a9993e364706816aba3e25717850c26c9cd0d89d")");
}

TEST(Globals, GoErrorIsWhatK6sFunctionsThrow) {
  EXPECT_EQ(Of("(() => { let e; try { b64decode('!'); } catch (x) { e = x; }"
               "return [e instanceof GoError, e instanceof Error, e.constructor === GoError, "
               "String(new GoError('x')), GoError('y') instanceof GoError, "
               "new (class A extends GoError {})('z').name, Object.keys(e).length]; })()"),
            R"([true,true,true,"GoError: x",true,"GoError",0])");
}

TEST(Globals, CopyingMethodsOfArrays) {
  EXPECT_EQ(Of("[[3, 1, 2].toSorted(), [1, , 3].toReversed(), [1, 2, 3].toSpliced(1, 1, 'a', 'b'),"
               "[1, 2, 3].with(-1, 9), Array.from(new Uint8Array([3, 1]).toSorted()),"
               "Array.prototype.toSorted.call({ length: 2, 0: 'b', 1: 'a' })]"),
            R"([[1,2,3],[3,null,1],[1,"a","b",3],[1,2,9],[1,3],["a","b"]])");
  EXPECT_EQ(Of("['toSorted', 'with'].map((n) => Object.getOwnPropertyDescriptor(Array.prototype, n)"
               ".enumerable)"),
            "[false,false]");
}

TEST(Globals, ModuleAndExportsAreRefusedInEsModules) {
  EXPECT_EQ(Of("(() => { try { return typeof module; } catch (e) { return e.name; } })()"),
            R"("GoError")");
}

TEST(Encoding, Base64) {
  EXPECT_EQ(
      Of("[b64encode('\\xff?', 'rawurl'), b64decode('aGk=', 'std', 's'), text(b64decode('aGk='))]"),
      R"(["w78_","hi","hi"])");
  EXPECT_EQ(Of("(() => { try { b64encode([1]); } catch (e) { return e.message; } })()"),
            R"("invalid type []interface {}, expected string, []byte or ArrayBuffer")");
}

TEST(Crypto, HashersGoOnAfterADigest) {
  EXPECT_EQ(Of("(() => { const h = crypto6.createHash('sha1'); h.update('a'); h.digest('hex');"
               "h.update(new Uint8Array([98, 99])); return h.digest('hex'); })()"),
            R"("a9993e364706816aba3e25717850c26c9cd0d89d")");
  EXPECT_EQ(Of("crypto6.randomBytes(33).byteLength"), "33");
}

}  // namespace
}  // namespace loadctl::modules
