// What the scripts that compare answers share.

// A path of the target that answers as `parts` say, pairs of name and value: status, header, body, base64.
export const answer = (...parts) => `/answer?${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

const CHANGING = ['Date', 'Server', 'User-Agent'];
const entries = (object) => JSON.stringify(Object.entries(object).filter(([key]) => !CHANGING.includes(key)).sort());
const plain = (key, value) => (value instanceof ArrayBuffer ? `bytes ${new Uint8Array(value).slice(0, 400).join(' ')}` : value);

// Prints every field of an answer but for what differs from one request to the next.
export function show(name, res) {
  const { timings, remote_port, headers, request, ...rest } = res;
  const sent = request ? [request.method, request.url, JSON.stringify(request.body, plain), entries(request.headers), entries(request.cookies)].join(' ') : request;
  const zeros = Object.entries(timings).filter(([key, value]) => value === 0 && !['blocked', 'looking_up', 'sending', 'waiting', 'receiving', 'duration'].includes(key)).map(([key]) => key).sort();
  console.log(name, '|', JSON.stringify(rest, plain), '|', entries(headers), '| sent', sent, '| zero:', zeros.join(), '| port', remote_port > 0);
}

// Calls `ask`, and shows its answer or what it throws.
export function attempt(name, ask) {
  try {
    show(name, ask());
  } catch (error) {
    console.log(name, 'throws', `${error}`.split('\n')[0]);
  }
}
