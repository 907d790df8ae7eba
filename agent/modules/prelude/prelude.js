// For other faces: k6's errors and warnings, tags, texts, and constructors that need no `new`.
import { attach, lazily, goError, warn } from 'loadctl:loadctl:prelude';

export { attach, lazily, goError, warn };

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
