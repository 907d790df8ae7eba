// The face of k6/html: what elements compute, by their names; and which elements share what.

const selectionOfFirst = (element) => selectionOfElement(element);
const listOf = (selector) => function found() { return elementsOf(findIn(this, selector)); };
const textContent = function textContent() { return selectionOfElement(this).text(); };
const words = (name) => function list() {
  const value = textAttribute(this, name);
  return value === '' ? [] : value.split(' ');
};
const documentElementOf = (element) => selectionOfFirst(element).parents().last();
const firstOf = (selection) => (selection.size() === 0 ? undefined : elementOf(selection.first()));

function ownerForm(element) {
  const around = selectionOfFirst(element).closest('form');
  if (around.size() > 0) return around;
  const id = textAttribute(element, 'form');
  if (id === '') return undefined;
  const found = documentElementOf(element).find(`#${id}`);
  return found.size() > 0 ? found : undefined;
}
function form() {
  const owner = ownerForm(this);
  return owner === undefined ? undefined : elementOf(owner.eq(0));
}
function labels() {
  const around = selectionOfFirst(this).closest('label');
  const id = textAttribute(this, 'id');
  if (id === '') return elementsOf(around);
  return elementsOf(around.add(documentElementOf(this).find(`label[for="${id}"]`)));
}

// ---- links

function partsOfLink(element) {
  const href = attribute(element, 'href');
  return partsOf(href === null ? '' : baseOf(element), href ?? '');
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// As Go's SplitHostPort: undefined if there is no port.
function splitHost(host) {
  const found = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(host);
  return found === null ? undefined : { name: found[1] ?? found[2], port: found[3] };
}
const kPorts = { http: '80', https: '443', ftp: '21' };

const kLink = {
  hash() {
    const { fragment } = partsOfLink(this);
    return fragment === '' ? '' : `#${decoded(fragment)}`;
  },
  host() {
    const { host, scheme } = partsOfLink(this);
    const split = splitHost(host);
    return split !== undefined && split.port === kPorts[scheme] ? split.name : host;
  },
  hostname() {
    const { host } = partsOfLink(this);
    return splitHost(host)?.name ?? host;
  },
  port() { return splitHost(partsOfLink(this).host)?.port ?? ''; },
  username() { return partsOfLink(this).user; },
  password() { return partsOfLink(this).password; },
  origin() {
    const { scheme, host } = partsOfLink(this);
    if (scheme === 'file') return kAttributes.hrefElement.href.call(this);
    return scheme === '' ? '' : `${scheme}://${host}`;
  },
  pathname() { return decoded(partsOfLink(this).path); },
  protocol() { return partsOfLink(this).scheme || ':'; },
  relList: words('rel'),
  search() {
    const { query } = partsOfLink(this);
    return query === '' ? '' : `?${query}`;
  },
  text: textContent,
};

// ---- forms

// formaction and its like, or what the form has.
function ofForm(element, name) {
  return attribute(element, `form${name}`) ?? ownerForm(element)?.attr(name) ?? null;
}

const kField = {
  form,
  formAction() {
    const action = ofForm(this, 'action'), base = baseOf(this);
    if (base === '') return action ?? '';
    return action === null || action === '' ? base : resolve(base, action) ?? action;
  },
  formEnctype() {
    const type = ofForm(this, 'enctype');
    return kEncType.includes(type) ? type : kEncType[0];
  },
  formMethod() { return (ofForm(this, 'method') ?? '').toLowerCase() === 'post' ? 'post' : 'get'; },
  formNoValidate() { return ofForm(this, 'novalidate') !== null; },
  formTarget() { return ofForm(this, 'target') ?? ''; },
  labels,
  name: string('name'),
};

const kFields = 'input,select,button,textarea';
const kNoList = ['hidden', 'checkbox', 'radio', 'file', 'button'];

function place(holder, selector, element) {
  return holder.find(selector).index(element);
}
const optionsOf = (element) => findIn(element, 'option');
const selectedOf = (element) => findIn(element, 'option[selected]');

const kForms = {
  button: { value() { return valueOrHtml(selectionOfFirst(this)); } },
  datalist: { options: listOf('option') },
  fieldset: {
    form, type: constant('fieldset'), elements: listOf(kFields), validity: constant(undefined),
  },
  form: {
    elements: listOf(`${kFields},fieldset`),
    length() { return findIn(this, `${kFields},fieldset`).size(); },
    method() { return textAttribute(this, 'method') === 'post' ? 'post' : 'get'; },
  },
  input: {
    list() {
      const id = textAttribute(this, 'list');
      if (id === '' || kNoList.includes(textAttribute(this, 'type'))) return undefined;
      return firstOf(documentElementOf(this).find(`datalist[id="${id}"]`));
    },
  },
  keygen: { form, labels },
  label: {
    control() {
      const id = attribute(this, 'for');
      return id === null ? undefined : firstOf(documentElementOf(this).find(`#${id}`));
    },
    form,
  },
  legend: { form },
  option: {
    disabled() {
      if (hasAttribute(this, 'disabled')) return true;
      return selectionOfFirst(this).parents('optgroup').attr('disabled') !== undefined;
    },
    form() {
      const around = selectionOfFirst(this).parents('form');
      if (around.size() > 0) return firstOf(around);
      const select = selectionOfFirst(this).parents('select');
      const id = select.attr('form');
      return id === undefined ? undefined : firstOf(select.parents().last().find(`form#${id}`));
    },
    index() {
      const holder = selectionOfFirst(this).parents('select,datalist');
      return holder.size() === 0 ? 0 : place(holder, 'option', this);
    },
    label() { return attribute(this, 'label') ?? selectionOfFirst(this).text(); },
    text: textContent,
    value() { return valueOrHtml(selectionOfFirst(this)); },
  },
  output: { form, labels, value: textContent, defaultValue: textContent },
  select: {
    form,
    labels,
    length() { return optionsOf(this).size(); },
    options: listOf('option'),
    selectedIndex() {
      const selected = selectedOf(this);
      return selected.size() === 0 ? -1 : optionsOf(this).index(selected);
    },
    selectedOptions: listOf('option[selected]'),
    size() { return hasAttribute(this, 'multiple') ? 4 : 1; },
    type() { return hasAttribute(this, 'multiple') ? 'select-multiple' : 'select'; },
    value() {
      const selected = selectedOf(this);
      return selected.size() === 0 ? '' : valueOrHtml(selected.first());
    },
  },
  textarea: {
    form,
    labels,
    length() { return encodeURIComponent(textAttribute(this, 'value')).replace(/%../g, '.').length; },
  },
};

// ---- tables

const firstChildNamed = (name) => function child() {
  return firstOf(selectionOfFirst(this).children(name));
};
function placeAmong(element, around, selector) {
  const holder = selectionOfFirst(element).parents(around);
  return holder.size() === 0 ? -1 : place(holder, selector, element);
}

const kTables = {
  table: {
    caption: firstChildNamed('caption'), tHead: firstChildNamed('thead'), tFoot: firstChildNamed('tfoot'),
    rows: listOf('tr'), tBodies: listOf('tbody'),
  },
  tableSectionElement: { rows: listOf('tr') },
  tableCellElement: { cellIndex() { return placeAmong(this, 'tr', 'th,td'); } },
  tr: {
    cells: listOf('th,td'),
    rowIndex() { return placeAmong(this, 'table', 'tr'); },
    sectionRowIndex() { return placeAmong(this, 'thead,tbody,tfoot', 'tr'); },
  },
  col: { span() { return Math.max(integer('span', 1).call(this), 1); } },
};

// ---- others

const asFloat = (element, name) => {
  const value = attribute(element, name);
  const number = value === null || value.trim() !== value || value === '' ? NaN : Number(value);
  return Number.isNaN(number) || number < 0 ? undefined : number;
};
const mostOf = (element) => asFloat(element, 'max') ?? 1;
function progressOf(element, otherwise) {
  const value = asFloat(element, 'value');
  return value === undefined ? otherwise : value / mostOf(element);
}

const kOthers = {
  canvas: { width: integer('width', 150), height: integer('height', 150) },
  link: { relList: words('rel') },
  map: {
    areas: listOf('area'),
    images() {
      const name = attribute(this, 'id');
      if (name === null) return [];
      return elementsOf(documentElementOf(this)
        .find(`img[usemap="#${name}"],object[usemap="#${name}"]`));
    },
  },
  mediaElement: { textTracks: listOf('track') },
  meter: { labels },
  object: { form },
  progress: {
    max() { return mostOf(this); },
    value() { return progressOf(this, 0); },
    position() { return progressOf(this, -1); },
    labels,
  },
  script: { text: textContent },
  style: { type() { return textAttribute(this, 'type') || 'text/css'; } },
  title: { text: textContent },
};

const kOwn = { hrefElement: kLink, formFieldElement: kField, ...kForms, ...kTables, ...kOthers };
const kShared = {
  a: 'hrefElement', area: 'hrefElement', audio: 'mediaElement', video: 'mediaElement',
  button: 'formFieldElement', input: 'formFieldElement', del: 'modElement', ins: 'modElement',
  thead: 'tableSectionElement', tbody: 'tableSectionElement', tfoot: 'tableSectionElement',
  td: 'tableCellElement', th: 'tableCellElement',
};

const known = new Map();
// The class of elements with that name.
function kindOf(name) {
  let Kind = known.get(name);
  if (Kind !== undefined) return Kind;
  const shared = Object.hasOwn(kShared, name) ? kShared[name] : undefined;
  const own = [kAttributes, kOwn].flatMap((table) =>
    [shared, name].filter((key) => key !== undefined && Object.hasOwn(table, key))
      .map((key) => table[key]));
  if (own.length === 0) return Element;
  Kind = class extends Element {};
  for (const methods of own) {
    const bound = {};
    for (const method of Object.keys(methods)) {
      const body = methods[method];
      bound[method] = function call() { return body.call(this); };
    }
    bindMethods(Kind, bound);
  }
  known.set(name, Kind);
  return Kind;
}
