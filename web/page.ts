// The live page and the report: one document, whose sections a live page shows one at a time.
// Everything that a script can name (metrics, tags, URLs, log lines) goes into the DOM as text only.
import { Chart, Shape } from './chart';
import { showCompared } from './compare';
import { ControlBar } from './control';
import * as d from './data';

type Child = Node | string | number | undefined;

function el(tag: string, options: { class?: string; title?: string } & Record<string, string> = {}, ...children: Child[]) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== undefined).map((child) => (typeof child === 'number' ? child.toLocaleString('en') : child as Node | string)));
  return element;
}

/** A table whose first column is words and the others are numbers, unless named in `words`. */
function table(caption: string, heads: string[], rows: Child[][], words: number[] = [0]) {
  if (rows.length === 0) return el('p', { class: 'none' }, 'None.');
  const cell = (tag: string, child: Child, i: number) =>
    el(tag, { ...(words.includes(i) ? {} : { class: 'number' }), ...(tag === 'th' ? { scope: 'col' } : {}) }, child);
  return el('div', { class: 'scroll', tabindex: '0' }, el('table', {},
    el('caption', { class: 'hidden' }, caption),
    el('thead', {}, el('tr', {}, ...heads.map((head, i) => cell('th', head, i)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((child, i) => cell('td', child, i)))))));
}

const badge = (kind: string, text: string) => el('span', { class: `badge ${kind}` }, text);
const valueOf = (metric: d.Metric | undefined, stat: string) => metric?.values[stat];
const said = (value: number | undefined, format: d.Format) => (value === undefined ? '–' : format(value));

function verdictOf(data: d.Data): [string, string] {
  const { outcome, run } = data;
  if (!outcome) return run.paused ? ['wait', 'paused'] : ['run', run.phase];
  if (outcome.code === 0) return ['good', 'passed'];
  if (!outcome.complete) return ['bad', 'incomplete'];
  return ['bad', outcome.code === 99 ? 'thresholds crossed' : `failed, exit code ${outcome.code}`];
}

/** Puts news in their place; what was scrolled sideways stays so. */
function put(place: HTMLElement, ...children: Node[]) {
  const scrolled = () => [...place.querySelectorAll<HTMLElement>('.scroll')];
  const before = scrolled().map((one) => one.scrollLeft);
  place.replaceChildren(...children);
  scrolled().forEach((one, i) => { if (before[i]) one.scrollLeft = before[i]; });
}

class Page {
  private readonly charts = new Map<string, Chart>();
  private readonly heading = el('h1');
  private readonly state = el('div', { class: 'state' });
  private readonly places: Record<string, HTMLElement> = {};
  private readonly control = document.querySelector('meta[name=control]') ? new ControlBar() : undefined;
  private openMetrics = new Set<string>();
  private filter = '';

  constructor(private data: d.Data, private readonly live: boolean) {
    const sections: [string, string][] = [['overview', 'Overview'], ['metrics', 'Metrics'], ['scenarios', 'Scenarios'],
                                          ['agents', 'Agents'], ['log', 'Log']];
    const nav = el('nav', { 'aria-label': 'Sections' }, ...sections.map(([id, name]) => el('a', { href: '#' + id }, name)));
    const theme = el('button', { type: 'button', class: 'theme', 'aria-label': 'Light or dark' }, '◐');
    theme.addEventListener('click', () => {
      const root = document.documentElement;
      const dark = getComputedStyle(root).getPropertyValue('--dark').trim() === '1';
      root.dataset.theme = dark ? 'light' : 'dark';
    });
    // Only where it leads to a path of this server.
    const runs = document.querySelector<HTMLMetaElement>('meta[name=runs]')?.content ?? '';
    const others = runs.startsWith('/') ? el('a', { class: 'others', href: runs }, 'All runs') : undefined;
    const main = el('main', {});
    for (const [id, name] of sections) {
      const place = el('div', {});
      this.places[id] = place;
      main.append(el('section', { id, 'aria-labelledby': id + '-title' }, el('h2', { id: id + '-title' }, name), place));
    }
    const foot = el('footer', {});
    this.places.foot = foot;
    document.body.replaceChildren(el('header', {}, el('div', { class: 'bar' }, this.heading, el('span', { class: 'side' }, others, theme)),
      this.state, this.control?.element, nav), main, foot);
    this.build();
    this.refresh();
    if (live) {
      const choose = () => {
        const wanted = location.hash.slice(1);
        const id = sections.some(([one]) => one === wanted) ? wanted : 'overview';
        for (const section of main.children) section.classList.toggle('away', section.id !== id);
        for (const link of nav.children) {
          if (link.getAttribute('href') === '#' + id) {
            link.setAttribute('aria-current', 'page');
            nav.scrollLeft = Math.max(0, (link as HTMLElement).offsetLeft - nav.clientWidth / 2);
          } else link.removeAttribute('aria-current');
        }
        this.refresh();
      };
      addEventListener('hashchange', choose);
      choose();
    }
    addEventListener('resize', () => this.drawCharts());
  }

  /** What stays: the places of charts, and the filter. */
  private build() {
    const charts = el('div', { class: 'charts' });
    for (const [id, title] of [['load', 'Load: virtual users and iterations'], ['requests', 'Requests a second, and failed ones'],
                               ['latency', 'Duration of requests, and failed ones'], ['network', 'Data a second']]) {
      const chart = new Chart(title);
      this.charts.set(id, chart);
      charts.append(chart.element);
    }
    this.places.cards = el('div', { class: 'cards' });
    this.places.tables = el('div', {});
    this.places.overview.append(this.places.cards, charts, this.places.tables);
    const filter = el('input', { type: 'search', placeholder: 'Filter by name or tag', 'aria-label': 'Filter metrics' }) as HTMLInputElement;
    filter.addEventListener('input', () => { this.filter = filter.value.toLowerCase(); this.showMetrics(); });
    this.places.list = el('div', {});
    if (this.live) this.places.metrics.append(filter);
    this.places.metrics.append(this.places.list);
  }

  update(data: d.Data) {
    this.data = data;
    this.refresh();
  }

  private visible(id: string) {
    return !this.places[id].closest('section')?.classList.contains('away');
  }

  private refresh() {
    this.showState();
    this.control?.update(this.data);
    if (this.visible('overview')) { this.showCards(); this.showTables(); }
    this.drawCharts();
    if (this.visible('metrics')) this.showMetrics();
    if (this.visible('scenarios')) this.showScenarios();
    if (this.visible('agents')) this.showAgents();
    if (this.visible('log')) this.showLog();
    this.showFoot();
  }

  private showState() {
    const { run, outcome } = this.data;
    // A server that was started anew shows another run.
    this.heading.textContent = run.script || 'loadctl';
    document.title = `${run.script || 'run'} – loadctl`;
    const [kind, text] = verdictOf(this.data);
    const more = [
      run.began ? new Date(run.began).toISOString().replace('T', ' ').slice(0, 19) + ' UTC' : '',
      `${d.span(run.elapsed)}${!outcome && run.max_duration > 0 && run.max_duration < 1e9 ? ' of at most ' + d.span(run.max_duration) : ''}`,
      `${run.agents} agent${run.agents === 1 ? '' : 's'}`,
      outcome ? '' : `${run.vus} of ${run.vus_max} VUs`,
    ].filter(Boolean).join(' · ');
    this.state.replaceChildren(el('span', { role: 'status' }, badge(kind, text)), ' ', more);
    if (outcome?.message) this.state.append(el('p', { class: 'why' }, outcome.message));
  }

  private showCards() {
    const { data } = this;
    const duration = d.metricNamed(data, 'http_req_duration') ?? d.metricNamed(data, 'iteration_duration');
    const card = (name: string, value: string, more: string, kind = '') =>
      el('div', { class: `card ${kind}` }, el('span', {}, name), el('b', {}, value), el('small', {}, more));
    const requests = d.metricNamed(data, 'http_reqs'), failed = d.metricNamed(data, 'http_req_failed');
    const iterations = d.metricNamed(data, 'iterations'), dropped = d.metricNamed(data, 'dropped_iterations');
    const checks = d.metricNamed(data, 'checks');
    const cards: HTMLElement[] = [];
    if (requests) cards.push(card('Requests', d.plain(requests.values.count), `${d.plain(requests.values.rate)} a second`));
    if (failed) cards.push(card('Failed requests', d.percent(failed.values.rate), `${failed.values.passes} requests`, failed.values.passes > 0 ? 'bad' : ''));
    if (duration) {
      const name = duration.name === 'http_req_duration' ? 'Duration of requests' : 'Duration of iterations';
      cards.push(card(name + ', p(95)', d.time(duration.values['p(95)']), `median ${d.time(duration.values.med)}, max ${d.time(duration.values.max)}`));
    }
    if (iterations) cards.push(card('Iterations', d.plain(iterations.values.count), `${d.plain(iterations.values.rate)} a second`));
    if (dropped && dropped.values.count > 0) cards.push(card('Dropped iterations', d.plain(dropped.values.count), 'were due and had no VU', 'bad'));
    if (checks) cards.push(card('Checks', d.percent(checks.values.rate), `${checks.values.fails} failed`, checks.values.fails > 0 ? 'bad' : ''));
    this.places.cards.replaceChildren(...cards);
  }

  private line(metric: string, stat: string, name: string, tone: number, right = false): Shape[] {
    const series = this.data.history.series[metric];
    const values = series?.columns[stat];
    if (!series || !values) return [];
    const other = series.type === 'trend' && stat.startsWith('p') ? stat.replace(/^p(\d+)$/, 'p($1)') : stat;
    return [{ name, values, format: d.formatOf(series.type, series.contains, other), tone, right, whole: metric === 'vus' }];
  }

  private drawCharts() {
    const { width, count, series } = this.data.history;
    const draw = (id: string, shapes: Shape[]) => {
      const chart = this.charts.get(id);
      if (!chart) return;
      chart.element.hidden = shapes.length === 0;
      if (chart.element.isConnected && shapes.length > 0 && !chart.element.closest('.away')) chart.update(shapes, width, count);
    };
    const failed = this.line('http_req_failed', 'rate', 'failed', 6, true);
    draw('load', [...this.line('vus', 'value', 'VUs', 1), ...this.line('iterations', 'rate', 'iterations', 2, true),
                  ...this.line('dropped_iterations', 'rate', 'dropped', 6, true)]);
    draw('requests', [...this.line('http_reqs', 'rate', 'requests', 3), ...failed]);
    const duration = series.http_req_duration ? 'http_req_duration' : 'iteration_duration';
    draw('latency', [...this.line(duration, 'med', 'median', 2), ...this.line(duration, 'p90', 'p(90)', 1),
                     ...this.line(duration, 'p95', 'p(95)', 4), ...this.line(duration, 'p99', 'p(99)', 5), ...failed]);
    draw('network', [...this.line('data_received', 'rate', 'received', 1), ...this.line('data_sent', 'rate', 'sent', 4)]);
    for (const name of this.openMetrics) draw('metric ' + name, this.shapesOf(name));
  }

  private shapesOf(name: string): Shape[] {
    const columns = this.data.history.series[name]?.columns ?? {};
    const tones: Record<string, number> = { med: 2, p90: 1, p95: 4, p99: 5, max: 6, avg: 3, rate: 1, value: 1 };
    return Object.keys(columns).flatMap((stat) => this.line(name, stat, stat.replace(/^p(\d+)$/, 'p($1)'), tones[stat] ?? 1));
  }

  private showTables() {
    const { data } = this;
    const mark = (one: d.Threshold) => (!one.judged ? badge('wait', 'not judged') : one.ok ? badge('good', 'holds') : badge(one.warn ? 'wait' : 'bad', one.warn ? 'warning' : 'crossed'));
    const limits = data.thresholds.map((one) => {
      const metric = d.metricNamed(data, one.metric) ?? d.metricNamed(data, one.metric.split('{')[0]);
      const stat = one.source.split(/[<>=!]/)[0].trim();
      const value = metric ? d.formatOf(metric.type, metric.contains, metric.type === 'counter' && stat === 'count' ? '' : stat)(one.value) : d.plain(one.value);
      return [one.metric, el('code', {}, one.source), value, mark(one), [one.note, one.within_error ? 'the limit is within the value\'s error of 0.1 %' : ''].filter(Boolean).join('; ')];
    });
    const parts: Node[] = [];
    if (limits.length > 0) parts.push(el('h3', {}, 'Thresholds'), table('Thresholds', ['Metric', 'Limit', 'Value', 'State', ''], limits, [0, 1, 3, 4]));
    const checks = data.groups.flatMap((group) => group.checks.map((check) => {
      const all = check.passes + check.fails;
      return [check.name, group.path.replaceAll('::', ' › ').replace(/^ › /, ''), check.passes, check.fails,
              check.fails > 0 ? badge('bad', d.percent(check.passes / all)) : badge('good', '100 %')];
    }));
    if (checks.length > 0) parts.push(el('h3', {}, 'Checks'), table('Checks', ['Check', 'Group', 'Passed', 'Failed', ''], checks, [0, 1]));
    if (data.failed.length > 0) {
      parts.push(el('h3', {}, 'Failed requests'), table('Failed requests', ['URL or name', 'Method', 'Status', 'Error', 'Requests'],
        data.failed.map((row) => [row.name, row.method, row.status === '0' ? 'no answer' : row.status, errorText(row.error_code), row.count]), [0, 1, 2, 3]));
    }
    put(this.places.tables, ...parts);
  }

  private showMetrics() {
    const names = this.data.metrics.filter((metric) => metric.name.toLowerCase().includes(this.filter));
    const { left_out } = this.data.history;
    const tail = left_out > 0 ? [el('p', { class: 'none' }, `${left_out} more series have no chart.`)] : [];
    if (!this.live) return this.places.list.replaceChildren(...metricTables(names), ...tail);
    // One by one, so that what is open or focused stays.
    const known = new Map([...this.places.list.children].filter((one) => one instanceof HTMLDetailsElement).map((one) => [(one as HTMLElement).dataset.name!, one as HTMLDetailsElement]));
    const wanted = names.map((metric) => {
      const item = known.get(metric.name) ?? this.metricItem(metric.name);
      item.querySelector('.values')!.textContent = valuesText(metric);
      return item;
    });
    const same = wanted.length === known.size && wanted.every((one) => one.isConnected);
    if (!same) this.places.list.replaceChildren(...wanted, ...tail);
  }

  private metricItem(name: string) {
    const item = el('details', { class: 'metric' }, el('summary', {}, el('b', {}, name), ' ', el('span', { class: 'values' }))) as HTMLDetailsElement;
    item.dataset.name = name;
    item.addEventListener('toggle', () => {
      if (!item.open) { this.openMetrics.delete(name); return; }
      let chart = this.charts.get('metric ' + name);
      if (!chart) this.charts.set('metric ' + name, (chart = new Chart(name)));
      if (!item.contains(chart.element)) item.append(chart.element);
      this.openMetrics.add(name);
      this.drawCharts();
    });
    return item;
  }

  private showScenarios() {
    const { data } = this;
    const iterations = (name: string) => data.sections.find((one) => one.scenario === name && !one.group)
      ?.metrics.find((metric) => metric.name === 'iterations')?.values.count;
    const parts: Node[] = [table('Scenarios', ['Scenario', 'What it does', 'State', 'VUs', 'Time', 'Iterations'],
      data.scenarios.map((one) => [one.name, one.text, one.state, one.vus, `${d.span(one.spent)} of ${d.span(one.total)}`,
                                   one.of > 0 ? `${one.done} of ${one.of}` : iterations(one.name)]), [0, 1, 2])];
    for (const section of data.sections.slice(0, 500)) {
      const group = section.group.replaceAll('::', ' › ').replace(/^ › /, '');
      const title = [section.scenario && `Scenario ${section.scenario}`, group && `group ${group}`].filter(Boolean).join(', ');
      parts.push(el('h3', {}, title.replace(/^g/, 'G')), ...metricTables(section.metrics));
      if (section.checks.length > 0)
        parts.push(table('Checks of ' + title, ['Check', 'Passed', 'Failed'], section.checks.map((check) => [check.name, check.passes, check.fails])));
    }
    put(this.places.scenarios, ...parts);
  }

  private showAgents() {
    const agents = this.data.agents ?? [];
    const ended = agents.some((one) => one.planned !== undefined);
    const state = (one: d.Agent) => (one.lost ? badge('bad', 'lost: ' + one.lost) : one.balanced === false ? badge('bad', 'does not balance')
      : one.shortfall ? badge('bad', one.shortfall) : ended ? badge('good', 'balances') : badge('run', 'there'));
    const share = (value?: number) => (value === undefined ? '–' : d.percent(value));
    // What it last said is old: it computes for long, or its network is slow.
    const longest = 3 * this.data.run.agents_tell_every + 2;
    const quiet = (one: d.Agent) => (ended || one.lost || one.told === undefined || this.data.run.elapsed - one.told < longest ? undefined
      : badge('wait', `says nothing for ${d.span(this.data.run.elapsed - one.told)}`));
    const told = agents.some((one) => one.loop_lag_p99 !== undefined);
    const late = (p99?: number, max?: number) => (p99 === undefined ? '–' : `${d.time(p99)}, ${d.time(max ?? p99)}`);
    const rows = agents.map((one) => [
      one.agent, one.name, quiet(one) ?? state(one), ended || one.busy === undefined ? one.vus : `${one.busy} of ${one.vus}`, one.workers || '–',
      ...(ended ? [one.started ?? '–', one.complete ?? '–', one.interrupted ?? '–', one.dropped ?? '–', one.exceptions ?? '–'] : []),
      ...(told ? [late(one.start_lag_p99, one.start_lag_max), late(one.loop_lag_p99, one.loop_lag_max), share(one.cpu), share(one.cpu_waited),
                  said(one.heap, d.bytes), said(ended ? one.memory_peak : one.memory, d.bytes)] : []),
      ...(told && !ended ? [said(one.delay, d.time), said(one.round_trip, d.time)] : []),
    ]);
    put(this.places.agents, table('Agents', ['Agent', 'Name', 'State', 'VUs', 'Workers',
      ...(ended ? ['Started', 'Complete', 'Interrupted', 'Dropped', 'Exceptions'] : []),
      ...(told ? ['Late starts p(99), max', 'Event loop late p(99), max', 'CPU', 'Waits for CPU', 'Heap', ended ? 'Memory at most' : 'Memory'] : []),
      ...(told && !ended ? ['Figures come after', 'Round trip'] : [])], rows, [1, 2]));
  }

  private showLog() {
    const lines = this.data.log.map((line) => el('li', { class: line.level }, el('time', {}, d.clock(line.at)), ' ', el('b', {}, line.level), ' ',
      line.agent > 0 ? `agent ${line.agent}: ` : '', el('span', {}, line.message)));
    this.places.log.replaceChildren(lines.length > 0 ? el('ol', { class: 'log' }, ...lines) : el('p', { class: 'none' }, 'Nothing was said.'));
  }

  /** How far these figures can be trusted, in plain words. */
  private showFoot() {
    const { outcome, agents = [] } = this.data;
    const words: string[] = [];
    if (!outcome) words.push('The run goes on: figures are those of the seconds that all agents have told.');
    else {
      const sum = (key: 'planned' | 'started' | 'dropped' | 'complete' | 'interrupted') => agents.reduce((all, one) => all + (one[key] ?? 0), 0);
      words.push(outcome.complete
        ? 'Every agent stayed to the end, and each iteration was counted once: ' +
          `${d.plain(sum('started'))} started, ${d.plain(sum('complete'))} were completed, ${d.plain(sum('interrupted'))} interrupted, ${d.plain(sum('dropped'))} dropped.`
        : 'These figures are incomplete: ' + (outcome.message || 'something is missing') + '. Thresholds were not judged.');
      if (outcome.start_lag_p99 !== undefined)
        words.push(`Iterations began at most ${d.time(outcome.start_lag_p99)} after they were due (99 of 100), the latest ${d.time(outcome.start_lag_max ?? 0)}.`);
      const loops = agents.map((one) => one.loop_lag_p99 ?? 0), worst = Math.max(0, ...loops);
      if (agents.length > 0) words.push(`The generator itself was up to ${d.time(worst)} late (99 of 100 looks at the clock, the worst agent); the kernel's times of arrival keep that out of what requests took.`);
      const starved = agents.filter((one) => (one.cpu_waited ?? 0) > 0.1);
      if (starved.length > 0) words.push(`${starved.length} agent${starved.length === 1 ? '' : 's'} waited for a core more than a tenth of the time: the load may have been less than the script asks for.`);
    }
    words.push('Percentiles are of all agents together: exact up to 1,024 samples, within 0.1 % beyond.');
    const { width } = this.data.history;
    if (width > 1) words.push(`A point of a chart is ${d.span(width)}: rates and averages are those of that time, of percentiles and maxima the largest is shown.`);
    this.places.foot.replaceChildren(el('h2', {}, 'How far to trust this'), ...words.map((text) => el('p', {}, text)));
  }
}

function valuesText(metric: d.Metric): string {
  return Object.entries(metric.values).map(([stat, value]) => `${stat} ${d.formatOf(metric.type, metric.contains, stat)(value)}`).join('   ');
}

/** Trends in one table, the others in another: their columns differ. */
function metricTables(metrics: d.Metric[]): Node[] {
  const trends = metrics.filter((metric) => metric.type === 'trend'), others = metrics.filter((metric) => metric.type !== 'trend');
  const stats = ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max', 'count'];
  const parts: Node[] = [];
  if (trends.length > 0) {
    parts.push(table('Trends', ['Trend', ...stats], trends.map((metric) => [metric.name, ...stats.map((stat) =>
      said(metric.values[stat], d.formatOf(metric.type, metric.contains, stat)))])));
  }
  if (others.length > 0) {
    parts.push(table('Counters, gauges and rates', ['Metric', 'Value', 'More'], others.map((metric) => {
      const format = (stat: string) => d.formatOf(metric.type, metric.contains, stat);
      const v = metric.values;
      if (metric.type === 'counter') return [metric.name, format('count')(v.count), format('rate')(v.rate)];
      if (metric.type === 'rate') return [metric.name, d.percent(v.rate), `${v.passes} of ${v.passes + v.fails}`];
      return [metric.name, format('value')(v.value), `${format('min')(v.min)} to ${format('max')(v.max)}`];
    })));
  }
  return parts.length > 0 ? parts : [el('p', { class: 'none' }, 'Nothing was measured.')];
}

/** k6's error codes, as far as a code alone says it. */
function errorText(code: string): string {
  const known: Record<string, string> = {
    '1000': 'error', '1010': 'network error', '1020': 'invalid URL', '1050': 'timed out', '1100': 'DNS error', '1101': 'no such host',
    '1110': 'blacklisted IP', '1111': 'blocked host', '1200': 'TCP error', '1201': 'broken pipe', '1202': 'unknown TCP error',
    '1210': 'cannot connect', '1211': 'connecting timed out', '1212': 'connection refused', '1213': 'cannot connect', '1220': 'connection reset',
    '1300': 'TLS error', '1310': 'bad certificate', '1311': 'certificate of an unknown authority', '1312': 'certificate of another host',
    '1600': 'HTTP/2 error', '1610': 'HTTP/2 GOAWAY', '1630': 'HTTP/2 stream error', '1650': 'HTTP/2 connection error', '1701': 'cannot decompress',
  };
  if (!code) return '';
  if (/^1[45]\d\d$/.test(code)) return `HTTP status ${Number(code) - 1000} (${code})`;
  return known[code] ? `${known[code]} (${code})` : code;
}

function start() {
  const compared = document.getElementById('compared')?.textContent;
  if (compared) {
    showCompared(JSON.parse(compared), document.getElementById('charts')!);
    return;
  }
  const text = document.getElementById('data')?.textContent;
  if (text) {
    new Page(JSON.parse(text), false);
    return;
  }
  let data: d.Data | undefined, page: Page | undefined, ended = false;
  const note = el('p', { class: 'note', role: 'alert' });
  const load = async () => {
    const answer = await fetch('data.json', { cache: 'no-store' });
    if (!answer.ok) throw new Error(String(answer.status));
    data = (await answer.json()) as d.Data;
    if (page) page.update(data); else page = new Page(data, true);
    ended = data.outcome !== undefined;
  };
  const listen = () => {
    const events = new EventSource('events');
    events.addEventListener('open', () => { load().then(() => note.remove()).catch(() => undefined); });
    events.addEventListener('news', (event) => {
      if (!data || !page) return;
      if (!d.take(data, JSON.parse((event as MessageEvent).data))) { void load(); return; }
      page.update(data);
      ended = data.outcome !== undefined;
    });
    events.addEventListener('end', () => { events.close(); ended = true; });
    events.addEventListener('error', () => {
      if (ended) { events.close(); return; }
      note.textContent = 'The connection to loadctl is gone; trying again.';
      document.body.prepend(note);
    });
  };
  listen();
}

start();
