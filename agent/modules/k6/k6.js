// import { check, group, sleep, fail, randomSeed } from 'k6'
import {
  recordCheck, checkId, enterGroup, leaveGroup, currentGroup, shareState, sleepFor, GENERATION,
  IN_GROUP, STATE_SIZE,
} from 'loadctl:k6';
import { attach, goError, perVu, setRandom, tagList } from 'loadctl:prelude';

const kAsync = (async () => {}).constructor;
// By the constructor: `instanceof` costs more than the rest of a check.
const isAsync = (value) => value.constructor === kAsync;

// Ids of checks by group and name.
const idsByGroup = new Map([['', new Map()]]);

// Where a VU stands. state[GENERATION] counts iterations and phases, so it is 0 in the init context. A
// new one begins in its own group, even if the one before was cut inside another; state[IN_GROUP] is 1
// if that is another than ''. `ids`: of checks by name, for the group the VU is in.
const mine = perVu(() => (
  { state: new Int32Array(STATE_SIZE), generation: -1, path: '', ids: idsByGroup.get('') }));
attach(() => shareState(mine().state));

function sync(vu) {
  const { state } = vu;
  vu.generation = state[GENERATION];
  const own = state[IN_GROUP] === 0 ? '' : currentGroup();
  if (vu.path !== own) setPath(vu, own);
}

function record(vu, name, passed, tags) {
  let id = vu.ids.get(name);
  if (id === undefined) {
    if (name.includes('::')) goError("group and check names may not contain '::'");
    id = checkId(name);
    vu.ids.set(name, id);
  }
  recordCheck(id, passed, tags);
}

export function check(value, sets, tags) {
  const vu = mine();
  const generation = vu.state[GENERATION];
  if (generation === 0) goError('Using check() in the init context is not supported');
  if (sets === undefined || sets === null) goError('no checks provided to `check`');
  if (generation !== vu.generation) sync(vu);
  const flat = tags === undefined ? undefined : tagList(tags);
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
        record(vu, name, false, flat);
        throw error;
      }
    }
    const passed = !!result;
    if (!passed) all = false;
    record(vu, name, passed, flat);
  }
  return all;
}

function setPath(vu, to) {
  vu.path = to;
  vu.ids = idsByGroup.get(to);
  if (vu.ids === undefined) {
    vu.ids = new Map();
    idsByGroup.set(to, vu.ids);
  }
}

export function group(name, fn) {
  const vu = mine();
  if (vu.state[GENERATION] === 0) goError('Using group() in the init context is not supported');
  if (typeof fn !== 'function') goError('group() requires a callback as a second argument');
  if (isAsync(fn)) {
    goError('group() does not support async functions as arguments, please see ' +
      'https://grafana.com/docs/k6/latest/javascript-api/k6/group/ for more info');
  }
  name = String(name);
  if (name.includes('::')) goError("group and check names may not contain '::'");
  if (vu.state[GENERATION] !== vu.generation) sync(vu);
  const outer = vu.path;
  const inner = `${outer}::${name}`;
  setPath(vu, inner);
  const began = enterGroup(inner);
  try {
    return fn();
  } finally {
    leaveGroup(outer, began);
    setPath(vu, outer);
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
  setRandom(() => {  // SplitMix64
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    return Number(z >> 11n) / 9007199254740992;
  });
}

export default { check, group, sleep, fail, randomSeed };
