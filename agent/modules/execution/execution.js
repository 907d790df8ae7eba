// import exec from 'k6/execution'
import {
  goError, typeError, phase, instanceNumbers, scenarioText, scenarioNumbers, vuNumbers, setTag,
  deleteTag, tagList, abort as abortTest, fail as failTest,
} from 'loadctl:k6/execution';

const kInit = 0, kIteration = 2, kTeardown = 3;

function getters(table) {
  const object = {};
  for (const [name, get] of Object.entries(table)) {
    Object.defineProperty(object, name, { get, enumerable: true });
  }
  return object;
}

function inScenario(get) {
  return () => {
    if (phase() !== kIteration) {
      goError('getting scenario information outside of the VU context is not supported');
    }
    return get();
  };
}

function inInstance(get) {
  return () => {
    if (phase() === kInit || phase() === kTeardown) {
      goError('getting instance information in the init context is not supported');
    }
    return get();
  };
}

function inVu(get) {
  return () => {
    if (phase() === kInit) goError('getting VU information in the init context is not supported');
    return get();
  };
}

export const instance = getters({
  currentTestRunDuration: inInstance(() => instanceNumbers()[0]),
  iterationsCompleted: inInstance(() => instanceNumbers()[1]),
  iterationsInterrupted: inInstance(() => instanceNumbers()[2]),
  vusActive: inInstance(() => instanceNumbers()[3]),
  vusInitialized: inInstance(() => instanceNumbers()[4]),
});

export const scenario = getters({
  name: inScenario(() => scenarioText()[0]),
  executor: inScenario(() => scenarioText()[1]),
  startTime: inScenario(() => scenarioNumbers()[0]),
  progress: inScenario(() => scenarioNumbers()[1]),
  iterationInInstance: inScenario(() => scenarioNumbers()[2]),
  iterationInTest: inScenario(() => scenarioNumbers()[3]),
});

function tagValue(key, value) {
  const type = typeof value;
  if (type !== 'string' && type !== 'number' && type !== 'boolean') {
    typeError(`invalid value for metric tag '${String(key)}': only String, Boolean and Number ` +
      'types are accepted as a metric tag values');
  }
  return String(value);
}

function findTag(key) {
  const flat = tagList();
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === key) return flat[i + 1];
  return undefined;
}

const tags = new Proxy({}, {
  get: (_, key) => (typeof key === 'string' ? findTag(key) : undefined),
  set(_, key, value) {
    setTag(String(key), tagValue(key, value));
    return true;
  },
  has: (_, key) => findTag(key) !== undefined,
  deleteProperty(_, key) {
    deleteTag(String(key));
    return true;
  },
  ownKeys: () => tagList().filter((unused, i) => i % 2 === 0),
  getOwnPropertyDescriptor(_, key) {
    const value = findTag(key);
    return value === undefined ? undefined
      : { value, writable: true, enumerable: true, configurable: true };
  },
});

const metricsOfVu = {};
Object.defineProperty(metricsOfVu, 'tags', {
  get: inVu(() => tags), enumerable: true,
});
Object.defineProperty(metricsOfVu, 'metadata', {
  get() {
    goError('exec.vu.metrics.metadata is not yet supported (see docs/compatibility.md)');
  },
  enumerable: true,
});

export const vu = getters({
  idInInstance: inVu(() => vuNumbers()[0]),
  idInTest: inVu(() => vuNumbers()[1]),
  iterationInInstance: inVu(() => vuNumbers()[2]),
  iterationInScenario: inVu(() => vuNumbers()[3]),
  tags: inVu(() => tags),
  metrics: inVu(() => metricsOfVu),
});

export const test = {
  abort: (message) => abortTest(message === undefined ? '' : String(message)),
  fail(message) {
    if (phase() === kInit) goError('execution.test.fail() called outside of VU context');
    failTest(message === undefined ? '' : String(message));
  },
  get options() {
    return goError('exec.test.options is not yet supported (see docs/compatibility.md)');
  },
};

export default { instance, scenario, vu, test };
