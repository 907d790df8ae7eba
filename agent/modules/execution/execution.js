// import exec from 'k6/execution'.
import {
  phase, instanceNow, scenarioNow, vuNow, setTag,
  deleteTag, tagList, setMetadata, deleteMetadata, metadataList, testOptions,
  abort as abortTest, fail as failTest,
} from 'loadctl:k6/execution';
import { goError, textOf } from 'loadctl:prelude';

const kInit = 0, kSetup = 1, kIteration = 2;

// An object whose every member is worked out when it is read, if `check` lets it.
function getters(table, check) {
  const object = {};
  for (const [name, give] of Object.entries(table)) {
    const get = () => {
      check();
      return give();
    };
    Object.defineProperty(object, name, { get, enumerable: true });
  }
  return object;
}

function guarded(value, check) {
  return () => {
    check();
    return value;
  };
}

function notInInit() {
  if (phase() === kInit) {
    goError('getting scenario information outside of the VU context is not supported');
  }
}

function needsScenario() {
  if (phase() !== kIteration) {
    goError('getting scenario information outside of the VU context is not supported');
  }
}

function needsInstance() {
  const now = phase();
  if (now !== kSetup && now !== kIteration) {
    goError('getting instance information in the init context is not supported');
  }
}

function needsVu() {
  if (phase() === kInit) goError('getting VU information in the init context is not supported');
}

export const instance = getters({
  currentTestRunDuration: () => instanceNow().duration,
  iterationsCompleted: () => instanceNow().complete,
  iterationsInterrupted: () => instanceNow().interrupted,
  vusActive: () => instanceNow().active,
  vusInitialized: () => instanceNow().initialized,
}, needsInstance);

export const scenario = getters({
  name: () => scenarioNow().name,
  executor: () => scenarioNow().executor,
  startTime: () => scenarioNow().startTime,
  progress: () => scenarioNow().progress,
  iterationInInstance: () => scenarioNow().iterationInInstance,
  iterationInTest: () => scenarioNow().iterationInTest,
}, needsScenario);

// An object of texts that lives in the natives: `list` gives names and values, one after another.
function texts(list, put, remove, refusal) {
  const find = (key) => {
    const flat = list();
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === key) return flat[i + 1];
    return undefined;
  };
  const set = (key, value) => {
    const type = typeof value;
    if (type !== 'string' && type !== 'number' && type !== 'boolean') throw new TypeError(refusal(String(key)));
    put(String(key), String(value));
    return true;
  };
  return new Proxy({}, {
    get: (target, key) => (typeof key === 'string' ? find(key) : undefined) ?? target[key],
    set: (_, key, value) => set(key, value),
    defineProperty: (_, key, descriptor) => set(key, descriptor.value),
    has: (_, key) => find(key) !== undefined,
    deleteProperty(_, key) {
      remove(String(key));
      return true;
    },
    ownKeys: () => list().filter((unused, i) => i % 2 === 0),
    getOwnPropertyDescriptor(_, key) {
      const value = find(key);
      return value === undefined ? undefined
        : { value, writable: true, enumerable: true, configurable: true };
    },
  });
}

const kKinds = 'only String, Boolean and Number types are accepted as a metric';
const tags = texts(tagList, setTag, deleteTag,
  (key) => `invalid value for metric tag '${key}': ${kKinds} tag values`);
const metadata = texts(metadataList, setMetadata, deleteMetadata,
  (key) => `invalid value for metric metadata '${key}': ${kKinds} metadata value`);

const metricsOfVu = getters({ tags: () => tags, metadata: () => metadata }, needsVu);

export const vu = getters({
  idInInstance: () => vuNow().idInInstance,
  idInTest: () => vuNow().idInTest,
  iterationInInstance: () => vuNow().iterationInInstance,
  iterationInScenario: () => vuNow().iterationInScenario,
  tags: () => tags,
  metrics: () => metricsOfVu,
}, needsVu);

function deepFreeze(value) {
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) deepFreeze(value[key]);
    Object.freeze(value);
  }
  return value;
}

let options;  // made when they are first asked for

export const test = {
  abort: (message) => abortTest(message === null ? 'null' : textOf(message)),
  fail(message) {
    if (phase() === kInit) goError('execution.test.fail() called outside of VU context');
    failTest(message === null ? 'null' : textOf(message));
  },
  get options() {
    if (phase() === kInit) goError('getting test options in the init context is not supported');
    return options ?? (options = deepFreeze(testOptions()));
  },
};

export default Object.defineProperties({}, {
  instance: { get: guarded(instance, needsInstance), enumerable: true },
  scenario: { get: guarded(scenario, notInInit), enumerable: true },
  test: { get: () => test, enumerable: true },
  vu: { get: guarded(vu, needsVu), enumerable: true },
});
