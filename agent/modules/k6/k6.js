// import { check, group, sleep, fail, randomSeed } from 'k6'
import {
  recordCheck, checkId, enterGroup, leaveGroup, currentGroup, shareState, sleepFor, GENERATION,
  IN_GROUP, STATE_SIZE,
} from 'loadctl:k6';
import { attach, goError, tagList } from 'loadctl:prelude';

const kAsync = (async () => {}).constructor;
// By the constructor: `instanceof` costs more than the rest of a check.
const isAsync = (value) => value.constructor === kAsync;

// Ids of checks by name, for the group the VU is in.
let ids = new Map();
const idsByGroup = new Map([['', ids]]);
let path = '';

// state[GENERATION] counts iterations and phases, so it is 0 in the init context. A new one begins in
// its own group, even if the one before was cut inside another; state[IN_GROUP] is 1 if that is
// another than ''.
const state = new Float64Array(STATE_SIZE);
let generation = -1;
attach(() => shareState(state));

function sync() {
  if (state[GENERATION] === generation) return;
  generation = state[GENERATION];
  const own = state[IN_GROUP] === 0 ? '' : currentGroup();
  if (path !== own) setPath(own);
}

function record(name, passed, tags) {
  let id = ids.get(name);
  if (id === undefined) {
    if (name.includes('::')) goError("group and check names may not contain '::'");
    id = checkId(name);
    ids.set(name, id);
  }
  recordCheck(id, passed, tags);
}

export function check(value, sets, tags) {
  if (state[GENERATION] === 0) goError('Using check() in the init context is not supported');
  if (sets === undefined || sets === null) goError('no checks provided to `check`');
  sync();
  const flat = tagList(tags);
  let all = true;
  for (const name of Object.keys(sets)) {
    const condition = sets[name];
    let result = condition;
    if (typeof condition === 'function') {
      if (isAsync(condition)) {
        goError('the built-in check() does not support async functions as arguments. Use the ' +
          'JavaScript utils library as a replacement. Refer to ' +
          'https://grafana.com/docs/k6/latest/javascript-api/jslib/utils/check/ for more info');
      }
      try {
        result = condition(value);
      } catch (error) {
        record(name, false, flat);
        throw error;
      }
    }
    const passed = !!result;
    if (!passed) all = false;
    record(name, passed, flat);
  }
  return all;
}

function setPath(to) {
  path = to;
  ids = idsByGroup.get(to);
  if (ids === undefined) {
    ids = new Map();
    idsByGroup.set(to, ids);
  }
}

export function group(name, fn) {
  if (state[GENERATION] === 0) goError('Using group() in the init context is not supported');
  if (typeof fn !== 'function') goError('group() requires a callback as a second argument');
  if (isAsync(fn)) {
    goError('group() does not support async functions as arguments, please see ' +
      'https://grafana.com/docs/k6/latest/javascript-api/k6/group/ for more info');
  }
  name = String(name);
  if (name.includes('::')) goError("group and check names may not contain '::'");
  sync();
  const outer = path;
  const inner = `${outer}::${name}`;
  setPath(inner);
  const began = enterGroup(inner);
  try {
    return fn();
  } finally {
    leaveGroup(outer, began);
    setPath(outer);
  }
}

export function sleep(seconds) {
  const wait = Number(seconds);
  if (wait > 0) sleepFor(wait);
}

export function fail(message) { goError(message === undefined ? '' : String(message)); }

// A sequence that the seed determines; not Go's.
export function randomSeed(seed) {
  let state = BigInt.asUintN(64, BigInt(Math.trunc(Number(seed)) || 0));
  Math.random = () => {  // SplitMix64
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    return Number(z >> 11n) / 9007199254740992;
  };
}

export default { check, group, sleep, fail, randomSeed };
