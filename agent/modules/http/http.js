// import http from 'k6/http': requests, their arguments, and the exports; form.js, jar.js and
// response.js come before it in the same module.
import {
  shareNumbers, shareResponse, newResponses, inInit, throws, userAgent, expect, setDefaultCallback, send, sendGet, prepare, drop,
  runBatch, start, collect, useFile, openStream, streamStatus, streamHead, nextPiece, nextEvent, closeStream, text,
  parseCookies, jsonError, findByPath, decode, mask,
  newJar, jarCookies, setCookie, deleteCookies, addPart, escapeForm, endForm, readDuration, TIMEOUT, REDIRECTS,
  RESPONSE_TYPE, CALLBACK, THROW, AUTH, VERSION, STATUS, ERROR_CODE, FLAGS, REMOTE_PORT, DURATION, BLOCKED,
  CONNECTING, TLS_HANDSHAKING, SENDING, WAITING, RECEIVING, LOOKING_UP, STREAM_TIME, NUMBERS, INTEGERS,
  DEFAULT_CALLBACK, NO_CALLBACK, FAILED, CONNECTED, PEER_NEWS, URL_NEWS, COOKIES, BAD_URL, HEAD_NEWS, CONNECTION_NEWS,
  OCSP, HAS_CODE, HEAD, ERROR_TEXT, REMOTE_IP, TLS_VERSION, TLS_CIPHER_SUITE, FINAL_URL,
  FIRST_URL, COOKIE_LINE, OCSP_TEXT,
} from 'loadctl:k6/http';
import {
  attach, goError, lazily, perVu, sharedByVus, tagList, textOf, warn, withoutNew,
} from 'loadctl:prelude';

// ---- values as Go writes them

function goNumber(value) {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  // Whole numbers are Go's int64 up to here, and floats with %v's exponents beyond.
  if (Number.isInteger(value) && size <= 2 ** 53) return String(value);
  if (size >= 1e-4 && size < 1e6) return String(value);
  const [digits, exponent] = value.toExponential().split('e');
  const places = exponent.slice(1);
  return `${digits}e${exponent[0]}${places.length < 2 ? '0' : ''}${places}`;
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value) &&
    !(value instanceof Map) && !(value instanceof Set);
}

// Go's %v of what the script gave.
function goValue(value) {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'symbol') return value.description || '';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (value instanceof Date) {
    return value.toISOString().replace('T', ' ').replace(/\.?0*Z$/, ' +0000 UTC');
  }
  if (isPlain(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goValue(value[key])}`).join(' ')}]`;
  }
  return String(value);
}

// Go's name for the type of what the script gave.
function goType(value) {
  return value instanceof FileData ? '*http.FileData' : lazily('loadctl:go_types').goType(value);
}

// Go's %#v, for messages about elements of a batch; by itself nothing is '<nil>'.
function goMethod(value) { return value === null || value === undefined ? '<nil>' : goSource(value); }
function goSource(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSource).join(', ')}}`;
  if (value === null || value === undefined) return 'interface {}(nil)';
  return goValue(value);
}

// ---- arguments

// An argument that k6 refuses. What becomes of it is the caller's affair.
class Refusal {
  constructor(message, code = 0) {
    this.message = message;
    this.code = code;
  }
}

function refuse(message, code) { throw new Refusal(message, code); }

class HttpUrl {
  constructor(name, url, cleanUrl) {
    this.name = name;
    this.url = url;
    this.clean_url = cleanUrl;
  }
}

function byCodePoint(a, b) {
  const x = Array.from(a), y = Array.from(b);
  for (let i = 0; i < x.length && i < y.length; ++i) {
    const difference = x[i].codePointAt(0) - y[i].codePointAt(0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

function formOf(fields) {
  const pairs = [];
  for (const key of Object.keys(fields).sort(byCodePoint)) {
    const value = fields[key];
    for (const one of Array.isArray(value) ? value : [value]) {
      pairs.push(`${escapeForm(key)}=${escapeForm(goValue(one))}`);
    }
  }
  return pairs.join('&');
}

// What a request will be sent with, and what its answer's parts are made of. Plain values only; the
// natives take them from here.
class Call {
  constructor(method, url) {
    this.method = method;
    this.url = url;
  }
}
// Most requests have none of these. `made`: parts of the answer that were read; `json` is the whole
// body parsed and `jsonText` the text that it was parsed from.
for (const name of ['name', 'body', 'file', 'headers', 'tags', 'cookies', 'options', 'jar', 'compression',
  'made', 'json', 'jsonText', 'valid', 'ocsp']) {
  Call.prototype[name] = undefined;
}
Object.assign(Call.prototype, { head: '', times: [0, 0, 0, 0], cookieLine: '', sent: true });

function takeUrl(call, url) {
  if (typeof url === 'string') return;
  if (!(url instanceof HttpUrl)) refuse(`invalid URL: '#${goValue(url)}'`, 1020);
  call.url = url.url;
  call.name = url.name;
}

// A file of k6/experimental/fs, which its methods give away; undefined for everything else.
function fileBehind(body) {
  if (typeof body !== 'object' || typeof body.seek !== 'function' || typeof body.stat !== 'function') return undefined;
  return lazily('loadctl:files').contentOf(body);
}

// The script may use its buffer again, before somebody reads `request.body`. Large ones are not held twice.
const kMostCopied = 65536;

function takeBody(call, body) {
  if (typeof body === 'string') {
    call.body = body;
  } else if (body instanceof ArrayBuffer || body instanceof Uint8Array || body instanceof Uint8ClampedArray) {
    call.body = body.byteLength > kMostCopied ? body : body.slice();
  } else if (typeof body === 'symbol') {
    call.body = body.description || '';
  } else if ((call.file = fileBehind(body)) !== undefined) {
    call.body = undefined;
  } else if (body instanceof DataView || (isPlain(body) && !(body instanceof FileData))) {
    const fields = body instanceof DataView ? {} : body;
    if (Object.values(fields).some((value) => value instanceof FileData)) {
      takeMultipart(call, fields);
      return;
    }
    call.body = formOf(fields);
    call.headers = ['Content-Type', 'application/x-www-form-urlencoded'];
  } else {
    refuse(`unknown request body type ${goType(body)}`);
  }
}

function takeTags(call, tags) {
  const flat = tagList(tags, (message) => refuse(`invalid HTTP request metric tags: ${message}`));
  if (flat.length > 0) call.tags = flat;
}

function takeCookies(call, cookies) {
  const list = [];
  for (const name of Object.keys(cookies)) {
    const cookie = cookies[name];
    if (cookie === null || cookie === undefined) continue;
    if (!isPlain(cookie)) {
      list.push({ name, value: String(cookie) });
      continue;
    }
    let value = '';
    let replace = false;
    for (const key of Object.keys(cookie)) {
      if (key.toLowerCase() === 'value') value = String(cookie[key]);
      if (key.toLowerCase() === 'replace') replace = Boolean(cookie[key]);
    }
    list.push({ name, value, replace });
  }
  call.cookies = list;
}

// '1m30s' → milliseconds; k6's durations also know days.
function durationOf(value) {
  if (typeof value === 'number') {
    // Go's 64 bits of nanoseconds; k6 takes an arbitrary time for what is beyond.
    if (!(Math.abs(value) < 2 ** 63 / 1e6)) refuse(`invalid timeout value: ${value} milliseconds is out of range`);
    return value;
  }
  if (typeof value !== 'string') {
    refuse(`invalid timeout value: unable to use type ${goType(value)} as a duration value`);
  }
  const ms = readDuration(value);
  if (typeof ms === 'string') refuse(`invalid timeout value: ${ms}`);
  return ms;
}

const kTypes = { text: 0, binary: 1, none: 2 };

function typeOf(value) {
  const type = String(value);
  if (!Object.hasOwn(kTypes, type)) refuse(`${type} does not belong to ResponseType values`);
  return kTypes[type];
}

function callbackOf(value) {
  if (value === null || value === undefined) return NO_CALLBACK;
  if (!(value instanceof ExpectedStatuses)) refuse('unsupported responseCallback');
  return value[kIndex];
}

// As net::RedirectPolicy::Auth counts them. 'basic' is what credentials in a URL do by themselves, as
// with any other word.
const kAuths = { digest: 1, ntlm: 2 };

// As net::HttpVersion counts them; 0 is what the option says.
const kVersions = { '1.1': 1, 2: 2, h2c: 3 };

function versionOf(value) {
  const version = String(value);
  if (!Object.hasOwn(kVersions, version)) refuse(`httpVersion '${version}' is none of 1.1, 2 and h2c`);
  return kVersions[version];
}

const kCodings = ['gzip', 'deflate', 'zstd', 'br'];

function takeCompression(call, list) {
  if (list === '') return;
  for (const name of list.split(',').map((part) => part.trim())) {
    if (!kCodings.includes(name)) {
      refuse(`unknown compression algorithm ${name}, supported algorithms are [${kCodings.join(' ')}]`);
    }
  }
  call.compression = list;
}

function takeParams(call, params) {
  const options = [NaN, -1, -1, DEFAULT_CALLBACK, -1, 0, 0];
  let any = false;
  for (const key of Object.keys(params)) {
    const value = params[key];
    const nothing = value === null || value === undefined;
    switch (key) {
      case 'headers':
        if (nothing) break;
        call.headers = call.headers || [];
        for (const name of Object.keys(value)) call.headers.push(name, String(value[name]));
        break;
      case 'tags': if (!nothing) takeTags(call, value); break;
      case 'cookies': if (!nothing) takeCookies(call, value); break;
      case 'timeout': options[TIMEOUT] = durationOf(value); any = true; break;
      case 'redirects': {
        const limit = Math.trunc(Number(value)) || 0;
        options[REDIRECTS] = Math.max(limit, 0);
        any = true;
        break;
      }
      case 'responseType': options[RESPONSE_TYPE] = typeOf(value); any = true; break;
      case 'responseCallback': options[CALLBACK] = callbackOf(value); any = true; break;
      case 'throw': options[THROW] = value ? 1 : 0; any = true; break;
      case 'auth':
        if (Object.hasOwn(kAuths, String(value))) {
          options[AUTH] = kAuths[String(value)];
          any = true;
        }
        break;
      case 'httpVersion':
        if (nothing) break;
        options[VERSION] = versionOf(value);
        any = true;
        break;
      case 'compression': if (!nothing) takeCompression(call, String(value).trim()); break;
      case 'jar':
        if (value instanceof CookieJar) call.jar = heldBy(value);
        break;
    }
  }
  if (any) call.options = options;
}

function ask(method, url, body, params) {
  const call = new Call(method, url);
  takeUrl(call, url);
  if (body !== undefined && body !== null) takeBody(call, body);
  if (params !== undefined && params !== null) takeParams(call, params);
  return call;
}

// Says what the natives take from elsewhere than the arguments; whether there are options.
function giveOptions(call) {
  if (call.file !== undefined) useFile(call.file.content, call.file.at);
  if (call.options === undefined) return false;
  for (let i = 0; i < call.options.length; ++i) numbers[i] = call.options[i];
  return true;
}

// ---- requests

const kInInit = 'Making http requests in the init context is not supported';

// A request whose arguments k6 refuses: an exception, or a warning and a response without status.
function notSent(error) {
  if (!(error instanceof Refusal)) throw error;
  if (inInit()) goError(kInInit);
  if (throws()) goError(error.message);
  warn('Request Failed', error.message);
  return refused(error.message, error.code);
}

function request(method, url, body, params) {
  return perform(textOf(method), url, body, params);
}

function perform(method, url, body, params) {
  let call;
  try {
    call = ask(method, url, body, params);
  } catch (error) {
    return notSent(error);
  }
  return answer(send(method, call.url, call.body, call.name, call.headers, call.tags, call.cookies,
    giveOptions(call), call.jar, call.compression), call);
}

function tooMany(name, count) {
  warn(`http.${name} only accepts a url and a params argument (2 arguments), but ${count} were ` +
    'given');
}

function get(url, params) {
  if (arguments.length > 2) tooMany('get', arguments.length);
  if (params !== undefined || typeof url !== 'string') return perform('GET', url, undefined, params);
  return answer(sendGet(url), new Call('GET', url));
}
function head(url, params) {
  if (arguments.length > 2) tooMany('head', arguments.length);
  return perform('HEAD', url, undefined, params);
}
function post(url, body, params) { return perform('POST', url, body, params); }
function put(url, body, params) { return perform('PUT', url, body, params); }
function patch(url, body, params) { return perform('PATCH', url, body, params); }
function del(url, body, params) { return perform('DELETE', url, body, params); }
function options(url, body, params) { return perform('OPTIONS', url, body, params); }

// Hands a request to the natives without sending it: its index, or a Refusal is thrown.
function prepared(call) {
  const index = prepare(call.method, call.url, call.body, call.name, call.headers, call.tags,
    call.cookies, giveOptions(call), call.jar, call.compression);
  if (index < 0) refuse(text(ERROR_TEXT), 1020);
  return index;
}

async function asyncRequest(method, url, body, params) {
  let call;
  let index;
  try {
    call = ask(textOf(method), url, body, params);
    index = prepared(call);
  } catch (error) {
    return notSent(error);
  }
  await start(index);
  return answer(collect(index), call);
}

// ---- batch

function askElement(key, element) {
  if (Array.isArray(element)) {
    if (element.length < 2) refuse(`invalid batch request '${goSource(element)}'`);
    if (typeof element[0] !== 'string') refuse(`invalid method type '${goMethod(element[0])}'`);
    return ask(element[0], element[1], element[2], element[3]);
  }
  if (!isPlain(element) || element instanceof HttpUrl) return ask('GET', element);
  if (!Object.hasOwn(element, 'url')) refuse(`batch request ${key} doesn't have a url key`);
  let method = 'GET';
  let body = element.body;
  if (Object.hasOwn(element, 'method')) {
    if (typeof element.method !== 'string') {
      refuse(`invalid method type '${goMethod(element.method)}'`);
    }
    method = element.method.toUpperCase();
    if (method === 'GET' || method === 'HEAD') body = undefined;
  }
  return ask(method, element.url, body, element.params);
}

function batch(requests) {
  if (inInit()) goError('Using batch in the init context is not supported');
  if (arguments.length === 0) goError('no argument was provided to http.batch()');
  if (arguments.length > 1) {
    goError('http.batch() accepts only an array or an object of requests');
  }
  const array = Array.isArray(requests);
  if (!array && !isPlain(requests)) {
    goError(`invalid http.batch() argument type ${goType(requests)}`);
  }
  const keys = Object.keys(requests);
  const results = array ? new Array(keys.length).fill(null) : {};
  const all = [];
  let failed;
  for (const key of keys) {
    try {
      const call = askElement(key, requests[key]);
      all.push([key, call, prepared(call)]);
    } catch (error) {
      failed = { key, error };
      break;
    }
  }
  if (failed !== undefined) return notBatched(failed, all, results);
  runBatch(all.map(([, , index]) => index));
  let thrown;
  for (const [key, call, index] of all) {
    try {
      results[key] = answer(collect(index), call);
    } catch (error) {
      thrown = thrown || { error };
    }
  }
  if (thrown !== undefined) throw thrown.error;
  return results;
}

// One bad element: nothing is sent.
function notBatched({ key, error }, all, results) {
  for (const [, , index] of all) drop(index);
  if (!(error instanceof Refusal)) throw error;
  if (throws()) goError(error.message);
  warn('A batch request failed', error.message);
  for (const [before] of all) results[before] = refused('', 0);
  results[key] = refused(error.message, error.code);
  return results;
}

// ---- expected statuses

const kIndex = Symbol('index');

class ExpectedStatuses {}

function expectedStatuses(...statuses) {
  if (statuses.length === 0) goError('no arguments');
  const flat = [];
  statuses.forEach((status, i) => {
    if (status === null || status === undefined) {
      throw new TypeError('Cannot convert undefined or null to object');
    }
    if (Number.isInteger(status)) {
      flat.push(status, status);
      return;
    }
    const { min, max } = Object(status);
    if (min === undefined || max === undefined) {
      goError(`argument number ${i + 1} to expectedStatuses was neither an integer nor an object ` +
        'like {min:100, max:329}');
    }
    if (!Number.isInteger(min) || !Number.isInteger(max)) {
      goError(`both min and max need to be integers for argument number ${i + 1}`);
    }
    flat.push(min, max);
  });
  const expected = new ExpectedStatuses();
  Object.defineProperty(expected, kIndex, { value: expect(flat) });
  return expected;
}

function setResponseCallback(callback) {
  if (callback === null || arguments.length === 0) {
    setDefaultCallback(NO_CALLBACK);
  } else if (callback instanceof ExpectedStatuses) {
    setDefaultCallback(callback[kIndex]);
  } else {
    goError('unsupported argument, expected http.expectedStatuses');
  }
}

// ---- names for URLs

// http.url`https://h/items/${id}`: the name has ${} where the script put values.
function url(strings, ...values) {
  let name = strings[0];
  let address = strings[0];
  values.forEach((value, i) => {
    name += '${}' + strings[i + 1];
    address += textOrNothing(value) + strings[i + 1];
  });
  return new HttpUrl(name, address, mask(address));
}

const TLS_1_0 = 'tls1.0', TLS_1_1 = 'tls1.1', TLS_1_2 = 'tls1.2', TLS_1_3 = 'tls1.3';
const OCSP_STATUS_GOOD = 'good', OCSP_STATUS_REVOKED = 'revoked',
  OCSP_STATUS_SERVER_FAILED = 'server_failed', OCSP_STATUS_UNKNOWN = 'unknown';
const OCSP_REASON_UNSPECIFIED = 'unspecified', OCSP_REASON_KEY_COMPROMISE = 'key_compromise',
  OCSP_REASON_CA_COMPROMISE = 'ca_compromise',
  OCSP_REASON_AFFILIATION_CHANGED = 'affiliation_changed',
  OCSP_REASON_SUPERSEDED = 'superseded',
  OCSP_REASON_CESSATION_OF_OPERATION = 'cessation_of_operation',
  OCSP_REASON_CERTIFICATE_HOLD = 'certificate_hold',
  OCSP_REASON_REMOVE_FROM_CRL = 'remove_from_crl',
  OCSP_REASON_PRIVILEGE_WITHDRAWN = 'privilege_withdrawn',
  OCSP_REASON_AA_COMPROMISE = 'aa_compromise';

sharedByVus.push(HttpUrl, FileData, ExpectedStatuses);

const http = {
  TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, OCSP_STATUS_GOOD, OCSP_STATUS_REVOKED,
  OCSP_STATUS_SERVER_FAILED, OCSP_STATUS_UNKNOWN, OCSP_REASON_UNSPECIFIED,
  OCSP_REASON_KEY_COMPROMISE, OCSP_REASON_CA_COMPROMISE, OCSP_REASON_AFFILIATION_CHANGED,
  OCSP_REASON_SUPERSEDED, OCSP_REASON_CESSATION_OF_OPERATION, OCSP_REASON_CERTIFICATE_HOLD,
  OCSP_REASON_REMOVE_FROM_CRL, OCSP_REASON_PRIVILEGE_WITHDRAWN, OCSP_REASON_AA_COMPROMISE,
  get, head, post, put, patch, del, options, request, asyncRequest, batch, stream, url, file, CookieJar,
  cookieJar, expectedStatuses, setResponseCallback,
};
export {
  TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, OCSP_STATUS_GOOD, OCSP_STATUS_REVOKED,
  OCSP_STATUS_SERVER_FAILED, OCSP_STATUS_UNKNOWN, OCSP_REASON_UNSPECIFIED,
  OCSP_REASON_KEY_COMPROMISE, OCSP_REASON_CA_COMPROMISE, OCSP_REASON_AFFILIATION_CHANGED,
  OCSP_REASON_SUPERSEDED, OCSP_REASON_CESSATION_OF_OPERATION, OCSP_REASON_CERTIFICATE_HOLD,
  OCSP_REASON_REMOVE_FROM_CRL, OCSP_REASON_PRIVILEGE_WITHDRAWN, OCSP_REASON_AA_COMPROMISE,
  get, head, post, put, patch, del, options, request, asyncRequest, batch, stream, url, file, CookieJar,
  cookieJar, expectedStatuses, setResponseCallback,
};
export default http;
