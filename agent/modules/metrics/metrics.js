// import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
import { declare, add as addSample, goError, warn, throws } from 'loadctl:k6/metrics';

function tagList(name, tags) {
  if (tags === undefined || tags === null) return undefined;
  const flat = [];
  for (const key of Object.keys(tags)) {
    const value = tags[key];
    const type = typeof value;
    if (type !== 'string' && type !== 'number' && type !== 'boolean') {
      goError(`cannot add tags for the '${name}' custom metric: invalid value for metric tag ` +
        `'${key}': only String, Boolean and Number types are accepted as a metric tag values`);
    }
    flat.push(key, String(value));
  }
  return flat;
}

function shorten(text) {
  if (text.length < 100) return text;
  return `${text.slice(0, 50)}... omitting ${text.length - 100} characters ...${text.slice(-50)}`;
}

function refuse(message) {
  if (throws()) goError(message);
  warn(message);
  return false;
}

function make(type, label) {
  const Metric = class {
    #id;
    constructor(name, isTime = false) {
      const text = name === undefined ? '' : String(name);
      this.#id = declare(type, text, !!isTime);
      Object.defineProperty(this, 'name', { value: text, enumerable: true });
    }
    add(value, tags) {
      if (value === undefined && arguments.length === 0) {
        return refuse(`no value was provided for metric '${this.name}', a number or a boolean ` +
          'value is expected');
      }
      const number = value === null || typeof value === 'symbol' ? NaN : Number(value);
      if (Number.isNaN(number)) {
        return refuse(`'${shorten(String(value))}' is an invalid value for metric '${this.name}', ` +
          'a number or a boolean value is expected');
      }
      addSample(this.#id, number, tagList(this.name, tags));
      return true;
    }
  };
  Object.defineProperty(Metric, 'name', { value: label });
  return Metric;
}

export const Counter = make(0, 'Counter');
export const Gauge = make(1, 'Gauge');
export const Rate = make(2, 'Rate');
export const Trend = make(3, 'Trend');
export default { Counter, Gauge, Rate, Trend };
