// exec.test.options: the plan's options as k6 shows its own, where what nobody set is null.
//
// The plan has a value for every option, so "nobody set it" is worked out: the value is the default,
// and the script's own `options` do not name it.

const kOptionsShown = [
  'paused', 'scenarios', 'executionSegment', 'executionSegmentSequence', 'noSetup', 'setupTimeout',
  'noTeardown', 'teardownTimeout', 'handleSummaryTimeout', 'rps', 'dns', 'maxRedirects', 'userAgent',
  'batch', 'batchPerHost', 'httpDebug', 'insecureSkipTLSVerify', 'tlsCipherSuites', 'tlsVersion',
  'tlsAuth', 'throw', 'thresholds', 'blacklistIPs', 'blockHostnames', 'hosts', 'noConnectionReuse',
  'noVUConnectionReuse', 'minIterationDuration', 'cloud', 'ext', 'summaryTrendStats',
  'summaryTimeUnit', 'systemTags', 'tags', 'metricSamplesBufferSize', 'noCookiesReset',
  'discardResponseBodies', 'features', 'consoleOutput', 'localIPs',
];
const kCommonFields = ['executor', 'startTime', 'gracefulStop', 'env', 'exec', 'tags', 'options'];
const kExecutorFields = {
  'constant-vus': ['vus', 'duration'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
  'shared-iterations': ['vus', 'iterations', 'maxDuration'],
  'ramping-vus': ['startVUs', 'stages', 'gracefulRampDown'],
  'constant-arrival-rate': ['rate', 'timeUnit', 'duration', 'preAllocatedVUs', 'maxVUs'],
  'ramping-arrival-rate': ['startRate', 'timeUnit', 'stages', 'preAllocatedVUs', 'maxVUs'],
};
const kDurations = ['setupTimeout', 'teardownTimeout', 'handleSummaryTimeout',
  'minIterationDuration', 'startTime', 'gracefulStop', 'duration', 'maxDuration', 'timeUnit',
  'gracefulRampDown'];

// Stands for what the script said of a scenario that was made of `vus`, `iterations`, ...
const kFromShortcuts = {};

function deepFreeze(value) {
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) deepFreeze(value[key]);
    Object.freeze(value);
  }
  return value;
}

const isGiven = (object, key) => object[key] !== undefined && object[key] !== null;
const isEqual = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const isEmpty = (value) => Object.keys(value).length === 0;

function shownValue(key, value) {
  if (value === undefined) return null;
  if (kDurations.includes(key) && value !== null) return goDuration(value);
  if (key === 'stages' && Array.isArray(value)) {
    return value.map(({ duration, target }) => ({ duration: goDuration(duration), target }));
  }
  return value;
}

function shownScenario(planned, defaults, given) {
  const shown = {};
  for (const key of [...kCommonFields, ...(kExecutorFields[planned.executor] ?? [])]) {
    const value = planned[key];
    if (key === 'options') {
      if (value !== undefined) shown.options = JSON.parse(value);
    } else if (key === 'exec' || key === 'executor') {
      shown[key] = value ?? null;
    } else if (key === 'env' || key === 'tags') {
      shown[key] = isEmpty(value) && !isGiven(given, key) ? null : value;
    } else {
      const isSet = given === kFromShortcuts ? key === 'vus' || key === 'iterations'
        : isGiven(given, key);
      shown[key] = isSet || !isEqual(value, defaults[key]) ? shownValue(key, value) : null;
    }
  }
  return shown;
}

function shownScenarios({ plan, scenarioDefaults, script }) {
  const given = isGiven(script, 'scenarios') ? script.scenarios : {};
  const shown = {};
  const byName = plan.scenarios.map((scenario, i) => [scenario, scenarioDefaults[i]])
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  for (const [scenario, defaults] of byName) {
    shown[scenario.name] = shownScenario(scenario, defaults, given[scenario.name] ?? kFromShortcuts);
  }
  return shown;
}

// {threshold, abortOnFail, delayAbortEval: ns} → its text alone, if that is all there is to it.
function shownThreshold({ threshold, abortOnFail, delayAbortEval }) {
  if (!abortOnFail && !delayAbortEval) return threshold;
  return { threshold, abortOnFail, delayAbortEval: delayAbortEval ? goDuration(delayAbortEval) : null };
}

function shownThresholds({ plan, script }) {
  const shown = {};
  for (const { metric, thresholds } of plan.thresholds) {
    shown[metric] = thresholds.map(shownThreshold);
  }
  if (!isEmpty(shown) || !isGiven(script, 'thresholds')) return isEmpty(shown) ? null : shown;
  // With --no-thresholds the plan has none, but they still are what the script set.
  for (const metric of Object.keys(script.thresholds).sort()) shown[metric] = script.thresholds[metric];
  return shown;
}

function shownDns({ plan, defaults, script }) {
  const given = isGiven(script, 'dns') ? script.dns : {};
  const ttl = () => {
    if (isGiven(given, 'ttl')) return String(given.ttl);
    if (plan.dns.ttl === undefined) return 'inf';
    return plan.dns.ttl === defaults.dns.ttl ? null : goDuration(plan.dns.ttl);
  };
  const word = (key) =>
    (isGiven(given, key) || plan.dns[key] !== defaults.dns[key] ? plan.dns[key] : null);
  return { ttl: ttl(), select: word('select'), policy: word('policy') };
}

function shownOption(key, all) {
  const { plan, defaults, script } = all;
  const value = plan[key];
  switch (key) {
    case 'scenarios': return shownScenarios(all);
    case 'thresholds': return shownThresholds(all);
    case 'dns': return shownDns(all);
    case 'maxRedirects': return plan.maxRedirectsSet ? value : null;
    case 'userAgent':
      return !isGiven(script, key) && value.startsWith('loadctl/') ? null : value;
    case 'tags': return isEmpty(value) ? null : value;
    case 'summaryTrendStats': case 'systemTags': return value;
    default:
      // An option that the plan does not carry has no effect, and is shown as the script set it.
      if (!(key in plan)) return script[key] ?? null;
      return isGiven(script, key) || !isEqual(value, defaults[key]) ? shownValue(key, value) : null;
  }
}

function shownOptions(all) {
  const shown = {};
  for (const key of kOptionsShown) {
    if (key === 'cloud' && !isGiven(all.script, key)) continue;
    shown[key] = shownOption(key, all);
  }
  return shown;
}
