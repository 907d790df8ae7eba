const tell = (name, give) => { try { console.log(name, JSON.stringify(give())); } catch (e) { console.log(name, e.name, e.message); } };
export default function () {
  tell('crypto', () => [typeof crypto, typeof crypto.subtle, Object.getOwnPropertyNames(crypto).sort()]);
  tell('random', () => { const a = new Uint8Array(64); return [crypto.getRandomValues(a) === a, new Set(a).size > 8]; });
  tell('part', () => { const whole = new Uint8Array(64); crypto.getRandomValues(whole.subarray(32)); return [whole.slice(0, 32).every((x) => x === 0), whole.slice(32).some((x) => x !== 0)]; });
  for (const array of [new Int8Array(2), new Uint8ClampedArray(2), new Uint16Array(40000), new Int32Array(3), new Uint32Array(3), new Uint8Array(65536), new Uint8Array(65537), new Uint8Array(0), new Float32Array(2), new DataView(new ArrayBuffer(2)), new ArrayBuffer(2), [1, 2], new BigInt64Array(1), 'abc']) {
    tell(Object.prototype.toString.call(array), () => { const got = crypto.getRandomValues(array); return [got.constructor.name, got.length]; });
  }
  for (const bad of [null, undefined]) { try { crypto.getRandomValues(bad); } catch (e) { console.log(e.name); } }
  const ids = Array.from({ length: 50 }, () => crypto.randomUUID());
  tell('uuid', () => [new Set(ids).size, ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))]);
}
