const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
async function tell(name, give) {
  try { const v = await give(); console.log(name, v instanceof ArrayBuffer ? hex(v) : typeof v); } catch (e) { console.log(name, typeof e, e.name, e.message); }
}
export default async function () {
  const data = new TextEncoder().encode('hello');
  for (const algorithm of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'sha-256', { name: 'SHA-256' }, { name: 'sha-512', more: 1 }]) {
    await tell(JSON.stringify(algorithm), () => crypto.subtle.digest(algorithm, data));
  }
  for (const bytes of [data.buffer, new Uint16Array([1, 2]), new Float64Array([1]), new Uint8Array(0)]) {
    await tell(Object.prototype.toString.call(bytes), () => crypto.subtle.digest('SHA-256', bytes));
  }
  for (const algorithm of ['MD5', 'SHA256', '', {}, { name: 'SHA-3' }, 5]) {
    await tell(`bad ${JSON.stringify(algorithm)}`, () => crypto.subtle.digest(algorithm, data));
  }
  for (const bytes of ['text', [1, 2], {}, 5]) {
    await crypto.subtle.digest('SHA-256', bytes).then(() => console.log('digested'), (e) => console.log('bad data', typeof e));
  }
  console.log(crypto.subtle.digest('SHA-1', data) instanceof Promise);
}
