// Lines over time as SVG: crisp in print, coloured by the page's style sheet. Values are never markup.
import { clock, Format } from './data';

export interface Shape {
  name: string;
  values: (number | null)[];
  format: Format;
  tone: number;    // 1..6: the style sheet's colours
  right?: boolean; // by the axis on the right
  whole?: boolean; // a number of things: there is no half of one
}

const kSvg = 'http://www.w3.org/2000/svg';

function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number>, text?: string) {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A round number at or above. */
function nice(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value * 0.999999) ?? 10;
  return step * power;
}

/** The same, of which each quarter is a whole number. */
const niceWhole = (value: number) => 4 * Math.ceil(nice(value / 4));

/** Seconds between marks of the time axis. */
function stepOf(seconds: number, marks: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  return steps.find((step) => seconds / step <= marks) ?? Math.ceil(seconds / marks / 86400) * 86400;
}

/** No more points than can be seen: of those that fall on one pixel, the smallest and the largest. */
function thin(values: (number | null)[], most: number): [number, number | null][] {
  const all = values.map((value, i) => [i, value] as [number, number | null]);
  if (values.length <= most * 2) return all;
  const out: [number, number | null][] = [];
  const size = values.length / most;
  for (let part = 0; part < most; ++part) {
    const piece = all.slice(Math.floor(part * size), Math.floor((part + 1) * size));
    const there = piece.filter((one) => one[1] !== null) as [number, number][];
    if (there.length === 0) { out.push(piece[0]); continue; }
    const low = there.reduce((a, b) => (b[1] < a[1] ? b : a)), high = there.reduce((a, b) => (b[1] > a[1] ? b : a));
    out.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return out;
}

export class Chart {
  readonly element = document.createElement('figure');
  private readonly legend = document.createElement('ul');
  private readonly drawing = svg('svg', { role: 'img', tabindex: 0 });
  private readonly cursor = svg('line', { class: 'cursor' });
  private shapes: Shape[] = [];
  private width = 1;
  private count = 0;
  private at = -1;

  constructor(private readonly title: string) {
    const caption = document.createElement('figcaption');
    caption.textContent = title;
    this.legend.className = 'legend';
    this.element.className = 'chart';
    this.element.append(caption, this.legend, this.drawing);
    this.drawing.addEventListener('pointermove', (event) => this.point(event));
    this.drawing.addEventListener('pointerleave', () => this.show(-1));
    this.drawing.addEventListener('keydown', (event) => this.key(event));
    this.drawing.addEventListener('blur', () => this.show(-1));
  }

  /** `width`: seconds of a point. */
  update(shapes: Shape[], width: number, count: number) {
    this.shapes = shapes;
    this.width = width;
    this.count = count;
    this.draw();
  }

  private readonly size = { w: 720, h: 200, left: 62, right: 12, top: 8, bottom: 22 };

  private draw() {
    const box = this.size;
    const narrow = this.element.clientWidth > 0 ? Math.max(300, Math.min(1400, this.element.clientWidth - 24)) : 720;
    box.w = Math.round(narrow);
    box.right = this.shapes.some((shape) => shape.right) ? 58 : 12;
    const inside = box.w - box.left - box.right, high = box.h - box.top - box.bottom;
    const max = (right: boolean) => {
      let most = 0, whole = true;
      for (const shape of this.shapes) {
        if (!!shape.right !== right) continue;
        whole &&= !!shape.whole;
        for (const value of shape.values) if (value !== null && value > most) most = value;
      }
      return whole ? niceWhole(most) : nice(most);
    };
    const tops = [max(false), max(true)];
    const seconds = Math.max(1, this.count * this.width);
    const x = (i: number) => box.left + ((i + 1) * this.width / seconds) * inside;
    const y = (value: number, right: boolean) => box.top + high * (1 - Math.max(0, value) / tops[right ? 1 : 0]);
    const parts: SVGElement[] = [];
    for (let i = 0; i <= 4; ++i) {
      const at = box.top + (high * i) / 4;
      parts.push(svg('line', { class: 'grid', x1: box.left, x2: box.w - box.right, y1: at, y2: at }));
      for (const right of [false, true]) {
        const shape = this.shapes.find((one) => !!one.right === right);
        if (!shape) continue;
        const text = shape.format(tops[right ? 1 : 0] * (1 - i / 4));
        parts.push(svg('text', { class: 'tick', x: right ? box.w - box.right + 6 : box.left - 6, y: at + 4,
                                 'text-anchor': right ? 'start' : 'end' }, text));
      }
    }
    const step = stepOf(seconds, Math.max(2, Math.floor(inside / 90)));
    for (let at = 0; at <= seconds; at += step) {
      const where = box.left + (at / seconds) * inside;
      const edge = where > box.w - 24;
      parts.push(svg('text', { class: 'tick', x: edge ? box.w - 2 : where, y: box.h - 6, 'text-anchor': edge ? 'end' : 'middle' }, clock(at)));
    }
    for (const shape of this.shapes) {
      let path = '', pen = false;
      for (const [i, value] of thin(shape.values, Math.max(50, Math.floor(inside)))) {
        if (value === null) { pen = false; continue; }
        path += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value, !!shape.right).toFixed(1)}`;
        pen = true;
      }
      parts.push(svg('path', { class: `line tone${shape.tone}${shape.right ? ' right' : ''}`, d: path }));
      // A single value has no line.
      const only = shape.values.filter((value) => value !== null) as number[];
      if (only.length === 1) {
        const i = shape.values.findIndex((value) => value !== null);
        parts.push(svg('circle', { class: `dot tone${shape.tone}`, cx: x(i), cy: y(only[0], !!shape.right), r: 3 }));
      }
    }
    this.drawing.setAttribute('viewBox', `0 0 ${box.w} ${box.h}`);
    this.drawing.replaceChildren(...parts, this.cursor);
    this.show(this.at);
  }

  private point(event: PointerEvent) {
    const box = this.drawing.getBoundingClientRect(), size = this.size;
    const x = ((event.clientX - box.left) / box.width) * size.w;
    const part = (x - size.left) / (size.w - size.left - size.right);
    this.show(part < 0 || part > 1 ? -1 : Math.min(this.count - 1, Math.max(0, Math.round(part * this.count) - 1)));
  }

  private key(event: KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = this.at < 0 ? this.count : this.at;
    this.show(Math.min(this.count - 1, Math.max(0, from + step)));
  }

  /** Values at a point, or with -1 the last ones. */
  private show(at: number) {
    this.at = at >= this.count ? this.count - 1 : at;
    const box = this.size, seconds = Math.max(1, this.count * this.width);
    const where = box.left + ((this.at + 1) * this.width / seconds) * (box.w - box.left - box.right);
    for (const [key, value] of Object.entries({ x1: where, x2: where, y1: box.top, y2: box.h - box.bottom }))
      this.cursor.setAttribute(key, String(value));
    this.cursor.style.display = this.at < 0 ? 'none' : '';
    const said: string[] = [];
    const items = this.shapes.map((shape) => {
      const value = this.at < 0 ? lastOf(shape.values) : shape.values[this.at] ?? null;
      const item = document.createElement('li');
      const mark = document.createElement('i');
      mark.className = `tone${shape.tone}${shape.right ? ' right' : ''}`;
      const strong = document.createElement('b');
      strong.textContent = value === null ? '–' : shape.format(value);
      item.append(mark, `${shape.name} `, strong);
      said.push(`${shape.name} ${strong.textContent}`);
      return item;
    });
    const when = document.createElement('li');
    when.className = 'when';
    when.textContent = this.at < 0 ? '' : clock((this.at + 1) * this.width);
    this.legend.replaceChildren(...items, when);
    this.drawing.setAttribute('aria-label', `${this.title}${this.at < 0 ? ', last' : ' at ' + when.textContent}: ${said.join(', ')}`);
  }
}

function lastOf(values: (number | null)[]): number | null {
  for (let i = values.length; i-- > 0;) if (values[i] !== null && values[i] !== undefined) return values[i];
  return null;
}
