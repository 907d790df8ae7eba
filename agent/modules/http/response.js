// The face of k6/http, first part: the natives and the Response. jar.js, form.js and http.js follow.
import {
  lazily, shareNumbers, goError, inInit, throws, userAgent, warn, expect, setDefaultCallback, send, prepare,
  drop, runBatch, onDone, start, collect, text, parseCookies, jsonError, findByPath, decode, mask,
  newJar, jarCookies, setCookie, deleteCookies, addPart, endForm, readDuration,
} from 'loadctl:k6/http';

// Places of `numbers`, bits of FLAGS and arguments of text(); http_module.cc has the same lists.
const TIMEOUT = 0, REDIRECTS = 1, RESPONSE_TYPE = 2, CALLBACK = 3, THROW = 4;
const STATUS = 8, ERROR_CODE = 9, FLAGS = 10, REMOTE_PORT = 11, DURATION = 12, BLOCKED = 13,
  CONNECTING = 14, TLS_HANDSHAKING = 15, SENDING = 16, WAITING = 17, RECEIVING = 18;
const FAILED = 1, CONNECTED = 2, PEER_NEWS = 4, URL_NEWS = 8, COOKIES = 16, BAD_URL = 32,
  HEAD_NEWS = 64, CONNECTION_NEWS = 128;
const HEAD = 0, ERROR_TEXT = 1, REMOTE_IP = 2, TLS_VERSION = 3, TLS_CIPHER_SUITE = 4, FINAL_URL = 5,
  FIRST_URL = 6, COOKIE_LINE = 7;

const numbers = new Float64Array(19);
shareNumbers(numbers);

// Of the connection used last.
let remoteIp = '', tlsVersion = '', tlsCipherSuite = '';
// Of the answer that came last.
let lastHead = '';

const kHead = Symbol('head'), kTimes = Symbol('times'), kAsked = Symbol('asked');
const kMade = Symbol('made');

const kNotYet = 'is not yet supported (see docs/compatibility.md, row ';

function notYet(what, row) { throw new Error(`${what} ${kNotYet}"${row}")`); }

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
  const flat = parseCookies(lines);
  for (let i = 0; i < flat.length; i += 8) {
    const name = flat[i];
    if (!Object.hasOwn(cookies, name)) define(cookies, name, []);
    cookies[name].push({
      name, value: flat[i + 1], domain: flat[i + 2], path: flat[i + 3], http_only: flat[i + 4] !== '',
      secure: flat[i + 5] !== '', max_age: Number(flat[i + 6]), expires: Number(flat[i + 7]),
    });
  }
  return cookies;
}

// What k6 shows of the request: its first hop, before the transfer's own headers.
function requestOf(asked) {
  const headers = {};
  let agent = userAgent();
  const given = asked.headers || [];
  for (let i = 0; i < given.length; i += 2) {
    const name = canonical(given[i]);
    if (name === 'User-Agent') agent = undefined;
    if (name !== 'Content-Length') define(headers, name, [given[i + 1]]);
  }
  if (agent !== undefined) headers['User-Agent'] = [agent];
  const cookies = {};
  if (asked.cookieLine !== '') {
    headers.Cookie = [asked.cookieLine];
    for (const pair of asked.cookieLine.split('; ')) {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      let value = pair.slice(at + 1);
      if (value.length > 1 && value[0] === '"') value = value.slice(1, -1);
      if (!Object.hasOwn(cookies, name)) define(cookies, name, []);
      cookies[name].push({ name, value, replace: false });
    }
  }
  let body = asked.body;
  if (body === undefined || body === null) body = '';
  if (typeof body !== 'string') body = decode(body);
  return { method: asked.method, url: asked.url, headers, body, cookies };
}

// `times`: duration, sending, waiting and receiving; and, if there was a new connection, what it took.
function timingsOf(times) {
  const [duration, sending, waiting, receiving, blocked = 0, connecting = 0, tls_handshaking = 0] =
    times;
  return {
    duration, blocked, looking_up: 0, connecting, tls_handshaking, sending, waiting, receiving,
  };
}

const kNoBodyText = "the body is null so we can't transform it to ";
const kBecause = ' - this likely was because of a request error getting the response';

// What a script sees of an answer. What it rarely asks for is worked out when it does.
class Response {
  constructor(status, body, url, head, times, asked) {
    this.remote_ip = '';
    this.remote_port = 0;
    this.url = url;
    this.status = status;
    this.body = body;
    this.tls_version = '';
    this.tls_cipher_suite = '';
    this.error = '';
    this.error_code = 0;
    this[kHead] = head;
    this[kTimes] = times;
    this[kAsked] = asked;
    this[kMade] = undefined;
  }

  // json([selector])
  json(selector) {
    const body = this.body;
    if (body === null || body === undefined) goError(kNoBodyText + 'JSON' + kBecause);
    const made = madeOf(this);
    if (arguments.length > 0) {
      if (!('parsed' in made)) {
        try {
          made.parsed = JSON.parse(textOf(body));
        } catch {
          return undefined;
        }
      }
      return select(made.parsed, String(selector), body);
    }
    if ('json' in made) return made.json;
    const json = textOf(body);
    try {
      made.json = JSON.parse(json);
    } catch (error) {
      goError(jsonError(json) || `cannot parse json: ${error.message}`);
    }
    return made.json;
  }

  html() { notYet('Response.html()', 'html'); }
  submitForm() { notYet('Response.submitForm()', 'submitForm, clickLink'); }
  clickLink() { notYet('Response.clickLink()', 'submitForm, clickLink'); }

  toJSON() {
    const { remote_ip, remote_port, url, status, status_text, proto, headers, cookies, body, timings,
      tls_version, tls_cipher_suite, ocsp, error, error_code, request } = this;
    return { remote_ip, remote_port, url, status, status_text, proto, headers, cookies, body, timings,
      tls_version, tls_cipher_suite, ocsp, error, error_code, request };
  }
}

function madeOf(response) { return response[kMade] || (response[kMade] = {}); }

function textOf(body) { return typeof body === 'string' ? body : decode(body); }

// A property that is made by `make` when it is first read, and may be assigned.
function lazy(name, make) {
  Object.defineProperty(Response.prototype, name, {
    enumerable: true,
    configurable: true,
    get() {
      const made = madeOf(this);
      return name in made ? made[name] : (made[name] = make(this));
    },
    set(value) { madeOf(this)[name] = value; },
  });
}

lazy('status_text', (response) => itemOf(response[kHead], 1));
lazy('proto', (response) => itemOf(response[kHead], 0));
lazy('headers', (response) => headersOf(response[kHead]));
lazy('cookies', (response) => cookiesOf(response[kHead]));
lazy('timings', (response) => timingsOf(response[kTimes]));
lazy('ocsp', (response) => ({
  produced_at: 0, this_update: 0, next_update: 0, revoked_at: 0, revocation_reason: '',
  status: response.tls_version === '' || response.status === 0 ? '' : 'unknown',
}));
lazy('request', (response) => (response[kAsked] === null ? null : requestOf(response[kAsked])));

const kNoTimes = [0, 0, 0, 0];

// The answer to a request that was not sent: its arguments were wrong.
function refused(error, code) {
  const response = new Response(0, [], '', '', kNoTimes, null);
  response.error = error;
  response.error_code = code;
  return response;
}

// The answer whose body the natives have just returned.
function answer(body, asked) {
  const flags = numbers[FLAGS];
  const status = numbers[STATUS];
  if ((flags & HEAD_NEWS) !== 0) lastHead = text(HEAD);
  const times = [numbers[DURATION], numbers[SENDING], numbers[WAITING], numbers[RECEIVING]];
  if ((flags & CONNECTION_NEWS) !== 0) {
    times.push(numbers[BLOCKED], numbers[CONNECTING], numbers[TLS_HANDSHAKING]);
  }
  const response = new Response(status, body, asked.url, status === 0 ? '' : lastHead, times, asked);
  if ((flags & CONNECTED) !== 0) {
    if ((flags & PEER_NEWS) !== 0) {
      remoteIp = text(REMOTE_IP);
      tlsVersion = text(TLS_VERSION);
      tlsCipherSuite = text(TLS_CIPHER_SUITE);
    }
    response.remote_ip = remoteIp;
    response.remote_port = numbers[REMOTE_PORT];
    if (tlsVersion !== '' && status !== 0) {
      response.tls_version = tlsVersion;
      response.tls_cipher_suite = tlsCipherSuite;
    }
  }
  response.error_code = numbers[ERROR_CODE];
  if ((flags & (FAILED | COOKIES | URL_NEWS)) !== 0) {
    if ((flags & FAILED) !== 0) response.error = text(ERROR_TEXT);
    if ((flags & COOKIES) !== 0) asked.cookieLine = text(COOKIE_LINE);
    if ((flags & URL_NEWS) !== 0) {
      response.url = text(FINAL_URL);
      asked.url = text(FIRST_URL);
    }
  }
  return response;
}

// ---- selectors of json(): what only names members, elements and lengths is looked up in the parsed
// JSON; the natives know all of gjson's paths

// 'a\.b.#' → [['a.b', false], ['#', true]]: names, and whether one is a bare `#`. Null: there is more.
function parts(path) {
  const found = [];
  let name = '';
  let escaped = false;
  let bare = true;
  for (const c of path) {
    if (escaped) {
      name += c;
      escaped = false;
    } else if (c === '\\') {
      escaped = true;
      bare = false;
    } else if (c === '.') {
      found.push([name, bare && name === '#']);
      name = '';
      bare = true;
    } else if (c === '*' || c === '?' || c === '|' || (c === '(' && name === '#') ||
               (c === '[' && name === '#') ||
               (name === '' && (c === '@' || c === '!' || c === '[' || c === '{'))) {
      return null;
    } else {
      name += c;
    }
  }
  found.push([name, bare && name === '#']);
  return found;
}

function selectFrom(value, path, at) {
  if (at === path.length) return value;
  const [name, all] = path[at];
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    if (all) {
      if (at + 1 === path.length) return value.length;
      return value.map((element) => selectFrom(element, path, at + 1))
        .filter((element) => element !== undefined);
    }
    if (!/^[0-9]+$/.test(name)) return undefined;
    return selectFrom(value[Number(name)], path, at + 1);
  }
  return Object.hasOwn(value, name) ? selectFrom(value[name], path, at + 1) : undefined;
}

function select(value, path, body) {
  const names = path.startsWith('..') ? null : parts(path);
  return names === null ? findByPath(body, path) : selectFrom(value, names, 0);
}
