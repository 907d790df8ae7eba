// import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
import { declare, add as addSample, throws, COUNTER, GAUGE, RATE, TREND } from 'loadctl:k6/metrics';
import { goError, tagList, textOf, warn, withoutNew } from 'loadctl:prelude';

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
  return withoutNew(class {
    constructor(name, isTime = false) {
      const text = name === null ? 'null' : textOf(name);
      const id = declare(type, text, Boolean(isTime));
      const refuseTags =
        (message) => goError(`cannot add tags for the '${text}' custom metric: ${message}`);
      Object.defineProperty(this, 'name', { value: text, enumerable: true });
      // Its own, and no arrow function: how many arguments there are matters.
      this.add = function add(value, tags) {
        if (value === undefined && arguments.length === 0) {
          return refuse(`no value was provided for metric '${text}', a number or a boolean value ` +
            'is expected');
        }
        const number = value === null || typeof value === 'symbol' ? NaN : Number(value);
        if (Number.isNaN(number)) {
          return refuse(`'${shorten(String(value))}' is an invalid value for metric '${text}', ` +
            'a number or a boolean value is expected');
        }
        addSample(id, number, tagList(tags, refuseTags));
        return true;
      };
    }
  }, label);
}

export const Counter = make(COUNTER, 'Counter');
export const Gauge = make(GAUGE, 'Gauge');
export const Rate = make(RATE, 'Rate');
export const Trend = make(TREND, 'Trend');
export default { Counter, Gauge, Rate, Trend };
