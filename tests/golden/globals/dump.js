// Every global and every member that can be reached from one, a line each: its path, type, number of arguments, and
// whether it is writable (w), enumerable (e) and configurable (c). k6.txt is what k6 2.2 prints:
//
//   k6 run -q --summary-mode disabled --log-format raw tests/golden/globals/dump.js 2>&1 | LC_ALL=C sort
const seen = new Set();
const lines = [];
const kSkipped = new Set(['__ENV', 'module', 'exports', 'vubox']);

// Globals may be made when they are first asked for.
function valueOf(object, key, descriptor) {
  if ('value' in descriptor) return descriptor.value;
  return object === globalThis ? object[key] : undefined;
}

function walk(path, object) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function') || seen.has(object)) return;
  seen.add(object);
  for (const key of Reflect.ownKeys(object)) {
    if (object === globalThis && kSkipped.has(key)) continue;
    if (typeof object === 'function' && (key === 'name' || key === 'length')) continue;
    const before = Object.getOwnPropertyDescriptor(object, key);
    const value = valueOf(object, key, before);
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    const name = typeof key === 'symbol' ? `[${key.description.replace('Symbol.', '@@')}]` : `.${key}`;
    const type = typeof value === 'function' ? `function ${value.length}` : typeof value;
    lines.push(`${path}${name} ${'value' in descriptor ? type : 'accessor'} ` +
      `${descriptor.writable ? 'w' : ''}${descriptor.enumerable ? 'e' : ''}${descriptor.configurable ? 'c' : ''}`);
    walk(path + name, value);
  }
}

walk('', globalThis);
const above = Object.getPrototypeOf;
walk('%IteratorPrototype%', above(above([][Symbol.iterator]())));
walk('%ArrayIterator%', above([][Symbol.iterator]()));
walk('%MapIterator%', above(new Map()[Symbol.iterator]()));
walk('%SetIterator%', above(new Set()[Symbol.iterator]()));
walk('%StringIterator%', above(''[Symbol.iterator]()));
walk('%RegExpStringIterator%', above('a'.matchAll(/a/g)));
walk('%TypedArray%', above(Uint8Array));
walk('%Generator%', above(function* generator() { yield 1; }));
walk('%AsyncFunction%', above(async () => {}));

// As one line: a program may hold back lines that come too fast.
export default function () { console.log(lines.join('\n')); }
