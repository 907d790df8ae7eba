// For k6/html and k6/http: selections of elements, as jQuery's; elements.js and kinds.js come before
// it in the same module.
import {
  parse, find, filter, closest, closestOf, withInner, below, walk, textOfNodes, inner, attributeOf,
  attributesOf, nameOf, typeOfNode, spaceOfNode, relative, resolve, target, partsOf, CHILDREN, CONTENTS, PARENT, PARENTS,
  SIBLINGS, NEXT, NEXT_ALL, PREVIOUS, PREVIOUS_ALL,
} from 'loadctl:loadctl:selection';
import { goType } from 'loadctl:go_types';
import { goError, textOf } from 'loadctl:prelude';

// ---- values of data- attributes

const kInitialisms = new Set(('ACL API ASCII CPU CSS DNS EOF ETA GPU GUID HTML HTTP HTTPS ID IP JSON LHS ' +
  'OS QPS RAM RHS RPC SLA SMTP SQL SSH TCP TLS TTL UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS ' +
  'OAuth').split(' '));

// user-id → userID, as k6's names.
function propertyOf(name) {
  const [first, ...rest] = name.split('-');
  return first + rest.map((word) => {
    if (word === 'oauth') return 'OAuth';
    const upper = word.toUpperCase();
    return kInitialisms.has(upper) ? upper : upper.slice(0, 1) + word.slice(1);
  }).join('');
}

function initialismAt(text) {
  for (let size = 5; size > 0; --size) {
    if (text.length >= size && kInitialisms.has(text.slice(0, size))) return text.slice(0, size);
  }
  return '';
}

// userID → user-id.
function attributeNameOf(property) {
  const words = [];
  let last = 0;
  for (let i = 1; i < property.length; ++i) {
    const c = property[i];
    if (c === c.toLowerCase() || c !== c.toUpperCase()) continue;
    const initialism = initialismAt(property.slice(last));
    if (initialism !== '') {
      words.push(initialism);
      i += initialism.length - 1;
    } else {
      words.push(property.slice(last, i));
    }
    last = i;
  }
  if (property.slice(last) !== '') words.push(property.slice(last));
  return words.join('-').toLowerCase().replaceAll('_', '-');
}

function isNumber(text) {
  if (text === 'NaN' || text === '+Inf' || text === '-Inf') return true;
  if (!/^-?\d+(\.\d+)?$/.test(text)) return false;
  const number = Number(text);
  if (Object.is(number, -0)) return text === '-0';
  return String(number) === text || (Number.isFinite(number) && /^-?\d{22,}$/.test(text) &&
    String(BigInt(number)) === text);
}

function dataValue(text) {
  if (text === '' || text === 'null' || text === 'undefined') return undefined;
  if (text[0] === '{' || text[0] === '[') {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  if (text === 'true' || text === 'false') return text === 'true';
  return isNumber(text) ? Number(text.replace('Inf', 'Infinity')) : text;
}

// ---- selections

let documentOf, nodesOf, endOf;
class Selection {
  #document;
  #nodes;
  #previous;

  static {
    documentOf = (selection) => selection.#document;
    nodesOf = (value) => (isObject(value) && #nodes in value ? value.#nodes : undefined);
    endOf = (selection) => selection.#previous;
  }

  constructor(document, nodes, url, previous) {
    this.url = url;
    this.#document = document;
    this.#nodes = nodes;
    this.#previous = previous;
  }
}
// Other nodes of the same document; end() comes back from them.
Object.defineProperty(Selection.prototype, 'with', {
  value(nodes) { return new this.constructor(documentOf(this), nodes, this.url, this); },
});

export function selectionOf(text, url) { return new Selection(parse(text), [0], url, undefined); }

// `reference` against `base`, with another query if one is given; throws what Go says of a bad URL.
export const targetOf = (base, reference, query) => target(base, reference, query);

function badSelector(value) {
  goError(`invalid argument, cannot use a '${goType(value)}' as a selector`);
}

// What a script may give for nodes: a selector, a selection, an element.
function given(selection, value, bySelector, byNodes) {
  const nodes = nodesOf(value) ?? nodesOf(selectionOfElement(value));
  if (typeof value === 'string') return selection.with(bySelector(value));
  if (nodes === undefined) badSelector(value);
  const element = selectionOfElement(value) !== undefined;
  return selection.with(byNodes(element ? nodes.slice(0, 1) : nodes));
}

function unique(nodes) { return [...new Set(nodes)]; }

function without(nodes, others) {
  const set = new Set(others);
  return nodes.filter((node) => !set.has(node));
}
function among(nodes, others) {
  const set = new Set(others);
  return nodes.filter((node) => set.has(node));
}

// Callbacks of filter(), is() and not() get what goquery has, not k6's selection, as in k6.
function passing(selection, test, keep) {
  return nodesOf(selection).filter((node, i) =>
    Boolean(test.call(test, i, new GoSelection(documentOf(selection), [node], '', undefined))) === keep);
}

function along(selection, axis, args, stops) {
  const nodes = walk(documentOf(selection), nodesOf(selection), axis, stops?.selector, stops?.nodes);
  if (args.length === 0) return selection.with(nodes);
  return selection.with(filter(documentOf(selection), nodes, textOf(args[0]), true));
}

// xUntil(stop, filter)
function until(selection, axis, args) {
  const [stop, ...rest] = args;
  let stops;
  if (typeof stop === 'string') stops = { selector: stop };
  else if (nodesOf(stop) !== undefined) stops = { nodes: nodesOf(stop) };
  else if (stop !== undefined && stop !== null) badSelector(stop);
  if (args.length > 2) badSelector(stop);
  return along(selection, axis, rest, stops);
}

function first(selection) { return nodesOf(selection)[0]; }

function attributeOfFirst(selection, name) {
  const node = first(selection);
  return node === undefined ? null : attributeOf(documentOf(selection), node, name);
}

function nameOfFirst(selection) {
  const node = first(selection);
  return node === undefined ? '' : nameOf(documentOf(selection), node);
}

function htmlOf(selection) {
  return first(selection) === undefined ? '' : inner(documentOf(selection), first(selection));
}

const valueOrHtml = (selection) => attributeOfFirst(selection, 'value') ?? htmlOf(selection);

function valueOf(selection) {
  const value = attributeOfFirst(selection, 'value');
  switch (nameOfFirst(selection)) {
    case 'input': {
      const type = attributeOfFirst(selection, 'type');
      return value ?? (type === 'radio' || type === 'checkbox' ? 'on' : '');
    }
    case 'button': return value ?? '';
    case 'textarea': return htmlOf(selection);
    case 'option': return valueOrHtml(selection);
    case 'select': {
      const selected = selection.first().find('option[selected]');
      if (attributeOfFirst(selection, 'multiple') === null) return valueOrHtml(selected);
      return selected.toArray().map(valueOrHtml);
    }
    default: return undefined;
  }
}

const kSubmittable = 'input,select,textarea,keygen';
const kNotSent = ['submit', 'button', 'reset', 'image', 'file'];

function formValues(selection) {
  const fields = selection.is('form') ? selection.find(kSubmittable) : selection.filter(kSubmittable);
  const values = [];
  for (const field of fields.toArray()) {
    const get = (name) => attributeOfFirst(field, name) ?? '';
    const type = get('type');
    const sent = get('name') !== '' && get('disabled') !== 'disabled' && !kNotSent.includes(type) &&
      (get('checked') === 'checked' || (type !== 'checkbox' && type !== 'radio'));
    if (sent) values.push({ name: get('name'), value: valueOf(field) });
  }
  return values;
}

// As Go's url.QueryEscape and Values.Encode.
const escapeQuery = (text) => encodeURIComponent(text.toWellFormed?.() ?? text)
  .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+');

// [[name, text or texts], ...] → a=1&b=2, by name.
export function encodeQuery(pairs) {
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value])
      .map((one) => `${escapeQuery(name)}=${escapeQuery(one)}`)).join('&');
}

function callable(callback, what, kinds) {
  if (typeof callback !== 'function') goError(`the argument to ${what}() must be ${kinds}`);
  return callback;
}
const kFilters = 'a function, a selector or a selection';

// What filter() keeps.
function filtered(selection, value, what) {
  if (typeof value === 'string') {
    return filter(documentOf(selection), nodesOf(selection), value, true);
  }
  const nodes = nodesOf(value);
  if (nodes !== undefined) return among(nodesOf(selection), nodes);
  return passing(selection, callable(value, what, kFilters), true);
}

bindMethods(Selection, {
  add([value]) {
    const all = (nodes) => unique([...nodesOf(this), ...nodes]);
    return given(this, value, (selector) => all(find(documentOf(this), [0], selector, false)), all);
  },
  attr(args) {
    return attributeOfFirst(this, textAt(args, 0)) ?? args[1];
  },
  children(args) { return along(this, CHILDREN, args); },
  closest([value]) {
    return given(this, value,
      (selector) => closest(documentOf(this), nodesOf(this), selector),
      (nodes) => closestOf(documentOf(this), nodesOf(this), nodes));
  },
  contents() { return along(this, CONTENTS, []); },
  data(args) {
    if (first(this) === undefined) return undefined;
    if (args.length > 0) {
      const value = attributeOfFirst(this, `data-${attributeNameOf(textOf(args[0]))}`);
      return value === null ? undefined : dataValue(value);
    }
    const attributes = attributesOf(documentOf(this), first(this));
    if (attributes.length === 0) return undefined;
    const all = {};
    for (const { name, value } of attributes) {
      if (name.startsWith('data-') && name.length > 5) all[propertyOf(name.slice(5))] = dataValue(value);
    }
    return all;
  },
  each([callback]) {
    callable(callback, 'each', 'a function');
    elementsOf(this).forEach((element, i) => {
      try {
        callback.call(callback, i, element);
      } catch (error) {
        goError(`the function passed to each() failed: ${String(error)}`);
      }
    });
    return this;
  },
  end() { return endOf(this) ?? this.with([]); },
  eq(args) {
    const i = numberAt(args, 0);
    const node = nodesOf(this).at(i);
    return this.with(node === undefined ? [] : [node]);
  },
  filter([value]) { return this.with(filtered(this, value, 'filter')); },
  find([value]) {
    return given(this, value,
      (selector) => find(documentOf(this), nodesOf(this), selector, false),
      (nodes) => below(documentOf(this), nodesOf(this), nodes));
  },
  first() { return this.with(nodesOf(this).slice(0, 1)); },
  get(args) {
    if (args.length === 0) return elementsOf(this);
    const i = numberAt(args, 0), size = nodesOf(this).length;
    return i < size && i > -size ? elementOf(this.with([nodesOf(this).at(i)])) : undefined;
  },
  has([value]) {
    const having = (nodes) => withInner(documentOf(this), nodesOf(this), nodes);
    return given(this, value, (selector) => having(find(documentOf(this), [0], selector, false)), having);
  },
  html() { return htmlOf(this); },
  index(args) {
    if (first(this) === undefined && typeof args[0] !== 'object') return -1;
    if (args.length === 0) return walk(documentOf(this), [first(this)], PREVIOUS_ALL).length;
    const [value] = args;
    if (typeof value === 'string') return find(documentOf(this), [0], value, false).indexOf(first(this));
    const nodes = nodesOf(value) ?? nodesOf(selectionOfElement(value));
    return nodes === undefined ? -1 : nodesOf(this).indexOf(nodes[0]);
  },
  is([value]) { return filtered(this, value, 'is').length > 0; },
  last() { return this.with(nodesOf(this).slice(-1)); },
  map([callback]) {
    callable(callback, 'map', 'a function');
    const values = [];
    nodesOf(this).forEach((node, i) => {
      try {
        values.push(callback.call(callback, i, this.with([node])));
      } catch {
        // What throws is left out, as in k6.
      }
    });
    return values;
  },
  next(args) { return along(this, NEXT, args); },
  nextAll(args) { return along(this, NEXT_ALL, args); },
  nextUntil(args) { return until(this, NEXT_ALL, args); },
  not([value]) {
    if (typeof value === 'function') return this.with(passing(this, value, false));
    return given(this, value,
      (selector) => filter(documentOf(this), nodesOf(this), selector, false),
      (nodes) => without(nodesOf(this), nodes));
  },
  parent(args) { return along(this, PARENT, args); },
  parents(args) { return along(this, PARENTS, args); },
  parentsUntil(args) { return until(this, PARENTS, args); },
  prev(args) { return along(this, PREVIOUS, args); },
  prevAll(args) { return along(this, PREVIOUS_ALL, args); },
  prevUntil(args) { return until(this, PREVIOUS_ALL, args); },
  serialize() {
    const values = new Map();
    for (const { name, value } of formValues(this)) {
      if (typeof value === 'string' || Array.isArray(value)) values.set(name, value);
    }
    return encodeQuery([...values]);
  },
  serializeArray() { return formValues(this); },
  serializeObject() {
    return Object.fromEntries(formValues(this).map(({ name, value }) => [name, value]));
  },
  siblings(args) { return along(this, SIBLINGS, args); },
  single(args) {
    return this.with(find(documentOf(this), nodesOf(this), textAt(args, 0), true).slice(0, 1));
  },
  size() { return nodesOf(this).length; },
  slice(args) {
    const size = nodesOf(this).length;
    const end = args.length > 1 && numberAt(args, 1) < size ? numberAt(args, 1) : size;
    return this.with(nodesOf(this).slice(numberAt(args, 0), end));
  },
  text() { return textOfNodes(documentOf(this), nodesOf(this)); },
  toArray() { return nodesOf(this).map((node) => this.with([node])); },
  val() { return valueOf(this); },
});

// goquery's own selection: the same methods, but for these.
class GoSelection extends Selection {}
delete GoSelection.prototype.url;
bindMethods(GoSelection, {
  attr(args) {
    const value = attributeOfFirst(this, textAt(args, 0));
    return [value ?? '', value !== null];
  },
  attrOr(args) { return attributeOfFirst(this, textAt(args, 0)) ?? textAt(args, 1); },
  hasClass(args) {
    return nodesOf(this).some((node) => (attributeOf(documentOf(this), node, 'class') ?? '')
      .split(/[ \t\r\n]/).includes(textAt(args, 0)));
  },
  length() { return nodesOf(this).length; },
});
