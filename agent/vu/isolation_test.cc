// VUs that share an isolate: whatever one does to what it finds, another sees nothing of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/vu/vu_test_world.h"

namespace loadctl::vu {
namespace {

struct Attack {
  const char* doing;  ///< what the first VU does
  const char* probe;  ///< in the second, true if it sees something of it
};

const std::vector<Attack> kAttacks = {
    {"Object.prototype.leak = 1", "({}).leak !== undefined"},
    {"Object.defineProperty(Object.prototype, 'trap', { get() { return 'mine'; } })",
     "({}).trap !== undefined"},
    {"Array.prototype.map = () => 'mine'", "[1].map((x) => x)[0] !== 1"},
    {"Array.prototype[Symbol.iterator] = function* () { yield 'mine'; }", "[...[1]][0] !== 1"},
    {"Promise.prototype.then = () => 'mine'", "Promise.resolve(1).then(() => 1) === 'mine'"},
    {"Function.prototype.call = () => 'mine'", "(() => 1).call() !== 1"},
    {"RegExp.prototype.exec = () => ['mine']", "/a/.exec('a')[0] !== 'a'"},
    {"/(secret)/.exec('secret')", "RegExp.$1 === 'secret'"},
    {"JSON.stringify = () => 'mine'", "JSON.stringify(1) !== '1'"},
    {"Math.random = () => 4", "Math.random() === 4"},
    {"Date.now = () => 4", "Date.now() === 4"},
    {"globalThis.leak = 1", "typeof leak !== 'undefined'"},
    {"globalThis.__proto__.leak = 1", "globalThis.leak !== undefined"},
    {"Error.prepareStackTrace = () => 'mine'", "new Error('x').stack === 'mine'"},
    {"Error.stackTraceLimit = 0", "Error.stackTraceLimit === 0"},
    {"Symbol.for('shared').description; Symbol.prototype.leak = 1",
     "Symbol.for('shared').leak === 1"},
    {"Object.freeze(Array.prototype)", "Object.isFrozen(Array.prototype)"},
    {"((parts) => { globalThis.site = parts; })`a`", "typeof site !== 'undefined'"},
    {"Reflect.set((function site() { return ((parts) => parts)`t`; })(), 'leak', 1)",
     "(function site() { return ((parts) => parts)`t`; })().leak === 1"},
    {"new Function('globalThis.leak = 1')()", "globalThis.leak === 1"},
    {"(0, eval)('var leak = 1')", "typeof leak !== 'undefined'"},
    {"class A { static n = 1; }; globalThis.A = A", "typeof A !== 'undefined'"},
    {"globalThis.ref = new WeakRef({}); new FinalizationRegistry(() => {}).register({}, 1)",
     "typeof ref !== 'undefined'"},
    {"Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', { value: 'mine' })",
     "Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format').value !== "
     "undefined"},
    {"const key = {}; globalThis.map = new WeakMap([[key, 1]])", "typeof map !== 'undefined'"},
    {"Reflect.ownKeys = () => []", "Reflect.ownKeys({ a: 1 }).length !== 1"},
    {"Object.setPrototypeOf(globalThis, new Proxy({}, { get: () => 'mine' }))",
     "globalThis.noSuchThing === 'mine'"},
    {"WebAssembly.Memory.prototype.grow = () => 'mine'",
     "new WebAssembly.Memory({ initial: 1 }).grow(1) === 'mine'"},
    {"globalThis.memory = new WebAssembly.Memory({ initial: 1 }); new "
     "Uint8Array(memory.buffer)[0] = 7",
     "typeof memory !== 'undefined' || new Uint8Array(new WebAssembly.Memory({ initial: 1 "
     "}).buffer)[0] !== 0"},
};

TEST(Isolation, NothingOfOneVuReachesAnother) {
  for (const Attack& attack : kAttacks) {
    World world(std::string("export default function () { if (__VU === 1) { ") + attack.doing +
                "; } else if (" + attack.probe + ") throw new Error('it leaks'); }");
    world.program.names_web_assembly = true;
    Vu& first = world.Ready(2);
    Vu& second = world.Ready(2);
    const WorkResult attacked = world.Iterate(first);
    EXPECT_EQ(attacked.kind, WorkResult::Kind::kComplete) << attack.doing << ": " << attacked.error;
    const WorkResult probed = world.Iterate(second);
    EXPECT_EQ(probed.kind, WorkResult::Kind::kComplete) << attack.doing << ": " << probed.error;
  }
}

// Memory that threads share is not there, as in k6, but for WebAssembly's own, which no other VU
// can get; and nobody holds up the whole thread.
TEST(Isolation, NoMemoryIsSharedAndNothingWaits) {
  World world(
      "export default function () {"
      "  if (typeof SharedArrayBuffer !== 'undefined') throw new Error('shared');"
      "  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });"
      "  for (const buffer of [new ArrayBuffer(16), memory.buffer]) {"
      "    let waited = true;"
      "    try { Atomics.wait(new Int32Array(buffer), 0, 0, 10); } catch { waited = false; }"
      "    if (waited) throw new RangeError('it waited');"
      "  } }");
  world.program.names_web_assembly = true;
  const WorkResult result = world.Iterate(world.Ready(2));
  EXPECT_EQ(result.kind, WorkResult::Kind::kComplete) << result.error;
}

// Nor what one does to itself: its end, and the drop of its context, leave the others as they were.
TEST(Isolation, AnExceptionOrACutOfOneLeavesTheOthers) {
  World world(
      "let n = 0; export default function () { n++;"
      "  if (__VU === 1 && n === 1) throw new Error('mine');"
      "  if (__VU === 1 && n === 2) (function f() { f(); })();"
      "  if (__VU === 2 && n !== 1 && n !== 2) throw new Error('n is ' + n); }");
  Vu& first = world.Ready(2);
  Vu& second = world.Ready(2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(world.Iterate(first).kind, WorkResult::Kind::kException);
    const WorkResult result = world.Iterate(second);
    EXPECT_EQ(result.kind, WorkResult::Kind::kComplete) << result.error;
  }
}

}  // namespace
}  // namespace loadctl::vu
