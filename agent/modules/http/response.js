// The face of k6/http: the Response.
const numbers = new Float64Array(NUMBERS);
const integers = new Int32Array(INTEGERS);
attach(() => shareNumbers(numbers, integers));

// The other end of a connection, as answers show it. Equal ones are one object.
const kNoPeer = { ip: '', port: 0, tlsVersion: '', tlsCipherSuite: '' };
const kMostPeers = 256;
const peers = new Map();

function peerOf(ip, port, tlsVersion, tlsCipherSuite) {
  const key = `${ip} ${port} ${tlsVersion} ${tlsCipherSuite}`;
  let peer = peers.get(key);
  if (peer === undefined) {
    peer = { ip, port, tlsVersion, tlsCipherSuite };
    if (peers.size >= kMostPeers) peers.clear();
    peers.set(key, peer);
  }
  return peer;
}

function showPeer(response, peer) {
  response.remote_ip = peer.ip;
  response.remote_port = peer.port;
  response.tls_version = peer.tlsVersion;
  response.tls_cipher_suite = peer.tlsCipherSuite;
}

// What the natives do not say twice, of the connection and the answer before; and the VU's jar.
const mine = perVu(() => ({ peer: kNoPeer, lastHead: '', jar: undefined }));

const kToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

// `x-forwarded-for` → `X-Forwarded-For`, as Go.
function canonical(name) {
  if (!kToken.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

// A head is a text of items, each with a line feed behind it: protocol, status text, and name and
// value of each field.
function itemOf(head, index) { return head === '' ? '' : head.split('\n', index + 1)[index]; }

// [[canonical name, value], ...]
function fieldsOf(head) {
  const items = head.split('\n');
  const fields = [];
  for (let i = 2; i + 1 < items.length; i += 2) fields.push([items[i], items[i + 1]]);
  return fields;
}

function define(object, name, value) {
  Object.defineProperty(object, name,
    { value, writable: true, enumerable: true, configurable: true });
  return value;
}

function headersOf(head) {
  const headers = {};
  for (const [name, value] of fieldsOf(head)) {
    const before = Object.hasOwn(headers, name) ? `${headers[name]}, ` : '';
    define(headers, name, before + value);
  }
  return headers;
}

function cookiesOf(head) {
  const cookies = {};
  const lines = fieldsOf(head).filter(([name]) => name === 'Set-Cookie').map(([, line]) => line);
  if (lines.length === 0) return cookies;
  for (const cookie of parseCookies(lines)) {
    if (!Object.hasOwn(cookies, cookie.name)) define(cookies, cookie.name, []);
    cookies[cookie.name].push(cookie);
  }
  return cookies;
}

// What k6 shows of the request: its first hop, before the transfer's own headers.
function requestOf(call) {
  const headers = {};
  let agent = userAgent();
  const given = call.headers || [];
  for (let i = 0; i < given.length; i += 2) {
    const name = canonical(given[i]);
    if (name === 'User-Agent') agent = undefined;
    if (name !== 'Content-Length') define(headers, name, [given[i + 1]]);
  }
  if (agent !== undefined) headers['User-Agent'] = [agent];
  if (call.compression !== undefined && call.body !== undefined && !headers['Content-Encoding']?.[0]) {
    headers['Content-Encoding'] = [call.compression.split(',').map((name) => name.trim()).join(', ')];
  }
  const cookies = {};
  if (call.cookieLine !== '') {
    headers.Cookie = [call.cookieLine];
    for (const part of call.cookieLine.split(';')) {
      const pair = part.trim();
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      if (!kToken.test(name)) continue;
      let value = at < 0 ? '' : pair.slice(at + 1);
      if (value.length > 1 && value[0] === '"') value = value.slice(1, -1);
      if (!Object.hasOwn(cookies, name)) define(cookies, name, []);
      cookies[name].push({ name, value, replace: false });
    }
  }
  let body = call.body;
  if (body === undefined || body === null) body = '';
  if (typeof body !== 'string') body = decode(body);
  return { method: call.method, url: call.url, headers, body, cookies };
}

// `times`: duration, sending, waiting and receiving; and, if there was a new connection, what it took.
function timingsOf(times) {
  const [duration, sending, waiting, receiving, blocked = 0, connecting = 0, tls_handshaking = 0,
    looking_up = 0] = times;
  return { duration, blocked, looking_up, connecting, tls_handshaking, sending, waiting, receiving };
}

const kNoBodyText = "the body is null so we can't transform it to ";
const kBecause = ' - this likely was because of a request error getting the response';

function ocspOf(response, said) {
  if (said !== undefined) return JSON.parse(said);
  return {
    produced_at: 0, this_update: 0, next_update: 0, revoked_at: 0, revocation_reason: '',
    status: response.tls_version === '' || response.status === 0 ? '' : 'unknown',
  };
}

// Parts of an answer that are made when they are first read, and may be assigned.

function part(response, name, make) {
  const call = callOf(response);
  const made = call.made ?? (call.made = {});
  return name in made ? made[name] : (made[name] = make(call));
}

function setPart(response, name, value) {
  const call = callOf(response);
  (call.made ?? (call.made = {}))[name] = value;
}

// What a script sees of an answer: its parts are its own, in k6's order, and its methods are bound, as
// everything of k6's is. One is made, and the natives copy it for every request, which takes the
// accessors along without making them again. What was asked is in a private field, which scripts do
// not see; it is copied, too.
let callOf, giveCall, jsonOf, answer;
class Response {
  #call = '';

  static {
    callOf = (response) => response.#call;
    giveCall = (response, call) => { response.#call = call; };

    // json([selector]). What a selector finds is a value of its own at each call, which the script may
    // change; the whole is one value, as in k6, so that asking for it again costs nothing.
    jsonOf = (response, selector) => {
      const call = response.#call;
      let { body } = response;
      if (typeof body !== 'string') {
        if (body === null || body === undefined) goError(kNoBodyText + 'JSON' + kBecause);
        // k6's empty list stands for the body of a request that was not sent.
        if (Array.isArray(body)) body = '';
      }
      if (selector === undefined) {
        if (call.jsonText === body) return call.json;
        try {
          call.json = JSON.parse(typeof body === 'string' ? body : decode(body));
        } catch (error) {
          return goError(jsonError(body) || `cannot parse json: ${error.message}`);
        }
        call.jsonText = body;
        return call.json;
      }
      const found = findByPath(body, selector, call.valid === body);
      if (found !== undefined) call.valid = body;
      return found;
    };

    // The answer whose body the natives have just returned. Most of a load test runs here before V8
    // optimizes it, where each property and each number of an array costs a call.
    answer = (body, call) => {
      const vu = mine();
      const flags = integers[FLAGS];
      if ((flags & (HEAD_NEWS | PEER_NEWS | BAD_URL)) !== 0) {
        if ((flags & BAD_URL) !== 0) return notSent(new Refusal(text(ERROR_TEXT), 1020));
        if ((flags & HEAD_NEWS) !== 0) vu.lastHead = text(HEAD);
        if ((flags & PEER_NEWS) !== 0) {
          vu.peer = peerOf(text(REMOTE_IP), integers[REMOTE_PORT], text(TLS_VERSION), text(TLS_CIPHER_SUITE));
        }
      }
      call.head = vu.lastHead;
      call.times = [numbers[DURATION], numbers[SENDING], numbers[WAITING], numbers[RECEIVING]];
      if (spare.length === 0) makeSpare(vu.peer);
      const response = spare.pop();
      response.#call = call;
      response.url = call.url;
      response.status = integers[STATUS];
      response.body = body;
      const peer = (flags & CONNECTED) !== 0 ? vu.peer : kNoPeer;
      if (peer !== sparePeer) showPeer(response, peer);
      if ((flags & (FAILED | COOKIES | URL_NEWS | OCSP | HAS_CODE | CONNECTION_NEWS)) !== 0) {
        addRest(response, call, flags);
      }
      return response;
    };
  }

  // Copies share the hidden class: each field holds a text and a number first, so that nothing a copy
  // is given outdates it for all that follow. Fields are assigned by name, which makes V8 keep them in
  // the object itself: a copy is one piece of memory.
  constructor(accessors) {
    const accessor = (name) => {
      Object.defineProperty(this, name, Object.getOwnPropertyDescriptor(accessors, name));
    };
    this.#call = 0;
    this.remote_ip = 0;
    this.remote_port = '';
    this.url = 0;
    this.status = '';
    for (const name of ['status_text', 'proto', 'headers', 'cookies']) accessor(name);
    this.body = 0;
    accessor('timings');
    this.tls_version = 0;
    this.tls_cipher_suite = 0;
    accessor('ocsp');
    this.error = 0;
    this.error_code = '';
    for (const name of ['request', 'clickLink', 'html', 'json', 'submitForm']) accessor(name);

    this.remote_ip = '';
    this.remote_port = 0;
    this.url = '';
    this.status = 0;
    this.body = '';
    this.body = null;
    this.tls_version = '';
    this.tls_cipher_suite = '';
    this.error = '';
    this.error_code = 0;
  }
}

const pattern = new Response({
  get status_text() { return part(this, 'status_text', (call) => itemOf(call.head, 1)); },
  set status_text(value) { setPart(this, 'status_text', value); },
  get proto() { return part(this, 'proto', (call) => itemOf(call.head, 0)); },
  set proto(value) { setPart(this, 'proto', value); },
  get headers() { return part(this, 'headers', (call) => headersOf(call.head)); },
  set headers(value) { setPart(this, 'headers', value); },
  get cookies() { return part(this, 'cookies', (call) => cookiesOf(call.head)); },
  set cookies(value) { setPart(this, 'cookies', value); },
  get timings() { return part(this, 'timings', (call) => timingsOf(call.times)); },
  set timings(value) { setPart(this, 'timings', value); },
  get ocsp() { return part(this, 'ocsp', (call) => ocspOf(this, call.ocsp)); },
  set ocsp(value) { setPart(this, 'ocsp', value); },
  get request() { return part(this, 'request', (call) => (call.sent ? requestOf(call) : null)); },
  set request(value) { setPart(this, 'request', value); },
  get clickLink() { return (given) => clickLink(this, given); },
  get html() { return (...args) => htmlOf(this, ...args.slice(0, 1)); },
  get json() {
    const response = this;
    return function json(selector) {
      return jsonOf(response, arguments.length > 0 ? String(selector) : undefined);
    };
  },
  get submitForm() { return (given) => submitForm(this, given); },
});
attach(() => shareResponse(pattern));

// Copies that wait for their requests, and the peer that they show.
let spare = [];
let sparePeer = kNoPeer;
function makeSpare(peer) {
  showPeer(pattern, peer);
  sparePeer = peer;
  spare = newResponses();
}
sharedByVus.push(Response);

// The answer to a request that was not sent: its arguments were wrong.
function refused(error, code) {
  const call = new Call('', '');
  call.sent = false;
  if (spare.length === 0) makeSpare(kNoPeer);
  const response = spare.pop();
  giveCall(response, call);
  showPeer(response, kNoPeer);
  response.body = [];
  response.error = error;
  response.error_code = code;
  return response;
}

// What few answers have.
function addRest(response, call, flags) {
  if ((flags & CONNECTION_NEWS) !== 0) {
    call.times.push(numbers[BLOCKED], numbers[CONNECTING], numbers[TLS_HANDSHAKING], numbers[LOOKING_UP]);
  }
  if ((flags & HAS_CODE) !== 0) response.error_code = integers[ERROR_CODE];
  if ((flags & COOKIES) !== 0) call.cookieLine = text(COOKIE_LINE);
  if ((flags & FAILED) !== 0) {
    response.error = text(ERROR_TEXT);
    call.head = '';
    response.tls_version = '';
    response.tls_cipher_suite = '';
  } else if ((flags & OCSP) !== 0) {
    call.ocsp = text(OCSP_TEXT);
  }
  if ((flags & URL_NEWS) !== 0) {
    response.url = text(FINAL_URL);
    call.url = text(FIRST_URL);
  }
}
