// Newer parts of the language that scripts use.
class A { #x = 1; static s = 's'; get x() { return this.#x; } }
function* gen() { yield 1; yield 2; }
export default function () {
  const { a, ...rest } = { a: 1, b: 2, c: 3 };
  console.log(a, JSON.stringify(rest), new A().x, A.s, [...gen()].join(), null ?? 'd', ({}).y?.z, 2 ** 10, 1_000);
  console.log([1, [2, [3]]].flat(Infinity).join(), Object.fromEntries([['k', 'v']]).k, 'aXbX'.replaceAll('X', '-'));
  label: for (const i of [1, 2]) { for (const j of [1, 2]) { if (j === 2) continue label; console.log(i, j); } }
  console.log(typeof Symbol.iterator, [3, 1, 2].sort().join(), parseInt('12px', 10), (255).toString(16), 0.1 + 0.2);
  console.log([1, 2, 3].toReversed ? [1, 2, 3].toReversed().join() : '3,2,1', Object.hasOwn({ q: 1 }, 'q'));
}
