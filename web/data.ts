// The JSON of controller/page/watch.cc, and numbers in words. No DOM here.

export interface Series {
  type: 'counter' | 'gauge' | 'rate' | 'trend';
  contains: 'default' | 'time' | 'data';
  columns: Record<string, (number | null)[]>;
}
export interface History {
  width: number;
  first: number;
  count: number;
  left_out: number;
  series: Record<string, Series>;
}
export interface Metric {
  name: string;
  type: Series['type'];
  contains: Series['contains'];
  values: Record<string, number>;
}
export interface Check { name: string; passes: number; fails: number }
export interface Section { scenario: string; group: string; metrics: Metric[]; checks: Check[] }
export interface Threshold {
  metric: string; source: string; value: number; ok: boolean; judged: boolean; within_error: boolean; warn: boolean;
  note: string;
}
export interface Failed { method: string; name: string; status: string; error_code: string; count: number }
export interface Agent {
  agent: number; name: string; workers: number; vus: number; lost: string;
  planned?: number; started?: number; dropped?: number; complete?: number; interrupted?: number; exceptions?: number;
  balanced?: boolean; shortfall?: string; start_lag_p99?: number; start_lag_max?: number;
  loop_lag_p99?: number; loop_lag_max?: number; cpu?: number; cpu_waited?: number; stalled?: number;
  memory?: number; memory_peak?: number; heap?: number;
  /** When it last said how it does, in seconds of the run; with it VUs at work, and milliseconds. */
  told?: number; busy?: number; delay?: number; round_trip?: number;
}
export interface Scenario {
  name: string; text: string; state: string; vus: number; spent: number; total: number; done: number; of: number;
  external: boolean;
}
export interface Line { number: number; at: number; level: string; agent: number; message: string }
export interface Outcome {
  complete: boolean; code: number; message: string; start_lag_p99?: number; start_lag_max?: number;
}
export interface Data {
  serial: number;
  run: {
    script: string; id: string; began: number; agents: number; agents_tell_every: number; phase: string; paused: boolean; elapsed: number;
    max_duration: number; vus: number; vus_max: number; complete: number; interrupted: number;
  };
  thresholds: Threshold[];
  scenarios: Scenario[];
  metrics: Metric[];
  groups: { path: string; checks: Check[] }[];
  sections: Section[];
  failed: Failed[];
  agents?: Agent[];
  log: Line[];
  outcome?: Outcome;
  history: History;
}

const digits = (value: number, most: number) => Number(value.toFixed(most)).toLocaleString('en', { maximumFractionDigits: most });

/** Milliseconds as people say them. */
export function time(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return '0';
  if (size < 1) return digits(ms * 1000, size < 0.1 ? 1 : 0) + ' µs';
  if (size < 1000) return digits(ms, size < 10 ? 2 : size < 100 ? 1 : 0) + ' ms';
  if (size < 60000) return digits(ms / 1000, 2) + ' s';
  return span(ms / 1000);
}

/** Seconds as 1h 02m, 3m 20s or 45s. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor((whole % 3600) / 60), s = whole % 60;
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}h ${two(m)}m` : m > 0 ? `${m}m ${two(s)}s` : `${s}s`;
}

/** A place on the time axis. */
export function clock(seconds: number): string {
  const h = Math.floor(seconds / 3600), m = Math.floor((seconds % 3600) / 60), s = Math.floor(seconds % 60);
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0, size = value;
  while (Math.abs(size) >= 1000 && unit < units.length - 1) { size /= 1000; ++unit; }
  return digits(size, unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2) + ' ' + units[unit];
}

export function plain(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return digits(value / 1e6, 2) + ' M';
  if (size >= 1e4) return digits(value, 0);
  return digits(value, size >= 100 ? 1 : size >= 1 ? 2 : 4);
}

export const percent = (rate: number) => digits(rate * 100, rate > 0 && rate < 0.01 ? 3 : 2) + ' %';

export type Format = (value: number) => string;

/** How a metric's values are said: those of one stat, if it is a rate per second. */
export function formatOf(type: Metric['type'], contains: Metric['contains'], stat: string): Format {
  if (type === 'rate' && stat === 'rate') return percent;
  if (stat === 'count' && type === 'trend') return plain;
  const base = contains === 'time' ? time : contains === 'data' ? bytes : plain;
  return type === 'counter' && stat === 'rate' ? (value) => base(value) + '/s' : base;
}

export const metricNamed = (data: Data, name: string) => data.metrics.find((metric) => metric.name === name);

/** Takes news into what is known; false: points became wider, so that all must be fetched again. */
export function take(data: Data, news: Data): boolean {
  if (news.history.width !== data.history.width) return false;
  const { history } = news;
  for (const [name, fresh] of Object.entries(history.series)) {
    let known = data.history.series[name];
    if (!known) {
      known = data.history.series[name] = { ...fresh, columns: {} };
    }
    for (const [stat, values] of Object.entries(fresh.columns)) {
      const column = (known.columns[stat] ??= []);
      while (column.length < history.first) column.push(null);
      values.forEach((value, i) => { column[history.first + i] = value; });
    }
  }
  data.history.count = Math.max(data.history.count, history.first + history.count);
  const last = data.log.at(-1)?.number ?? 0;
  data.log.push(...news.log.filter((line) => line.number > last));
  if (data.log.length > 300) data.log.splice(0, data.log.length - 300);
  const { log, history: kept } = data;
  const agents = new Map([...(data.agents ?? []), ...(news.agents ?? [])].map((one) => [one.agent, one]));
  Object.assign(data, news, { log, history: kept, agents: [...agents.values()].sort((a, b) => a.agent - b.agent) });
  return true;
}
