// Two runs in the same charts: what `loadctl compare --report html=` has below its table.
import { Chart, Shape } from './chart';
import * as d from './data';

/** The JSON of controller/cli/compare.cc. */
export interface Compared {
  judged: [string, string][]; // metric and stat, as of --tolerance
  base: d.Data;
  run: d.Data;
}

/** Points of `factor` points each, as a longer run has them: of percentiles and maxima the largest stays. */
function widened(values: (number | null)[], factor: number, stat: string): (number | null)[] {
  if (factor === 1) return values;
  const out: (number | null)[] = [];
  for (let at = 0; at < values.length; at += factor) {
    const there = values.slice(at, at + factor).filter((value) => value !== null) as number[];
    if (there.length === 0) out.push(null);
    else if (/^p\d|^max$|^med$/.test(stat)) out.push(Math.max(...there));
    else out.push(there.reduce((sum, value) => sum + value, 0) / there.length);
  }
  return out;
}

const columnOf = (stat: string) => stat.replace(/^p\((\d+)\)$/, 'p$1');

export function showCompared({ judged, base, run }: Compared, place: HTMLElement) {
  const width = Math.max(base.history.width, run.history.width);
  const factorOf = (side: d.Data) => width / side.history.width;
  const count = Math.max(...[base, run].map((side) => Math.ceil(side.history.count / factorOf(side))));
  const shape = (side: d.Data, name: string, metric: string, stat: string, tone: number): Shape[] => {
    const series = side.history.series[metric], values = series?.columns[columnOf(stat)];
    if (!values) return [];
    return [{ name, tone, values: widened(values, factorOf(side), columnOf(stat)), format: d.formatOf(series.type, series.contains, stat),
              whole: metric === 'vus' }];
  };
  const duration = run.history.series.http_req_duration ? 'http_req_duration' : 'iteration_duration';
  const usual: [string, string][] = [[duration, 'p(95)'], [duration, 'med'], ['http_reqs', 'rate'], ['http_req_failed', 'rate'],
                                     ['iterations', 'rate'], ['vus', 'value']];
  const drawn = new Set<string>();
  const charts: [Chart, Shape[]][] = [];
  for (const [metric, stat] of [...judged, ...usual]) {
    const title = `${metric}, ${stat}`;
    const shapes = [...shape(base, 'base', metric, stat, 4), ...shape(run, 'run', metric, stat, 1)];
    if (shapes.length === 0 || drawn.has(title)) continue;
    drawn.add(title);
    charts.push([new Chart(title), shapes]);
  }
  place.replaceChildren(...charts.map(([chart]) => chart.element));
  const draw = () => { for (const [chart, shapes] of charts) chart.update(shapes, width, count); };
  draw();
  addEventListener('resize', draw);
}
