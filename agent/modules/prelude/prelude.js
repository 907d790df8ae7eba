// For other faces: k6's errors and warnings, tags, texts, and constructors that need no `new`.
import { attach, lazily, sharePlace, goError, warn } from 'loadctl:loadctl:prelude';

export { attach, lazily, goError, warn };

// ---- faces that VUs share (compartments)

// The number of the VU that runs among those that share this face; 0 where none do.
const place = new Int32Array(1);
const tables = [];
attach(() => sharePlace(place, (over) => { for (const table of tables) table[over] = undefined; }));

// State of a face that each VU has of its own: a function that gives what `make` made for the VU that
// runs, when it was first asked for.
export function perVu(make) {
  const table = [];
  tables.push(table);
  return () => table[place[0]] ?? (table[place[0]] = make());
}

// Classes and other objects of faces that scripts reach, though no export leads to them: frozen where
// VUs share them.
export const sharedByVus = [];

// What randomSeed() sets: Math.random, unless VUs share it (lockdown.js).
export let setRandom = (random) => { Math.random = random; };
export function ownRandom() {
  const { random } = Math;
  const mine = perVu(() => ({ random }));
  Math.random = function random() { return mine().random(); };
  setRandom = (own) => { mine().random = own; };
}

// A value as k6's Go functions take a string: nothing is ''.
export const textOf = (value) => (value === undefined || value === null ? '' : String(value));

// Tags as natives take them: names and values, one after another; undefined for none. What is no tag
// is told to `refuse`, which throws.
export function tagList(tags, refuse = goError) {
  if (tags === undefined || tags === null) return undefined;
  const flat = [];
  for (const key of Object.keys(tags)) {
    const value = tags[key];
    const type = typeof value;
    if (type !== 'string' && type !== 'number' && type !== 'boolean') {
      refuse(`invalid value for metric tag '${key}': only String, Boolean and Number types are ` +
        'accepted as a metric tag values');
    }
    flat.push(key, String(value));
  }
  return flat;
}

// The class as a function that makes the same objects without `new`, as k6's constructors do. The
// methods of k6's objects are their own and know their object: fields with arrow functions here.
export function withoutNew(Class, name = Class.name) {
  function Made(...args) { return Reflect.construct(Class, args, new.target ?? Made); }
  Made.prototype = Class.prototype;
  Object.defineProperty(Made, 'name', { value: name });
  Object.defineProperty(Made.prototype, 'constructor', { value: Made });
  return Made;
}
