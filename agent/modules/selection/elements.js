// The face of k6/html: what an element of a selection has, whatever its name.

// Methods of k6's objects know their object without `this`. Selections and elements have very many of
// them and are made by the thousand, so a method is bound when it is asked for.
function bindMethods(Class, methods) {
  for (const name of Object.keys(methods)) {
    const method = methods[name];
    Object.defineProperty(Class.prototype, name, {
      configurable: true,
      enumerable: true,
      get() {
        const object = this;
        return (...args) => method.call(object, args);
      },
    });
  }
}

// Arguments as k6's functions in Go take them: what is missing is '' and 0.
const textAt = (args, i) => textOf(args[i]);
function numberAt(args, i) {
  const number = i < args.length ? Math.trunc(Number(args[i])) : 0;
  return Number.isNaN(number) ? 0 : number;
}

const kSpaces = { svg: 'http://www.w3.org/2000/svg', math: 'http://www.w3.org/1998/Math/MathML' };
const spaceOf = (prefix) => kSpaces[prefix] ?? 'http://www.w3.org/1999/xhtml';

class Attribute {
  #space;

  constructor(element, { name, value, space }) {
    this.owner_element = element;
    this.name = name;
    this.value = value;
    this.#space = space;
  }

  get prefix() { return () => this.#space; }
  get namespaceURI() { return () => spaceOf(this.#space); }
  get localName() { return () => this.name; }
}

// An element stands for the first node of a selection; its texts are the whole selection's, as in k6.
let selectionOfElement;
class Element {
  #selection;

  static {
    selectionOfElement = (value) => (isObject(value) && #selection in value
      ? value.#selection : undefined);
  }

  constructor(selection) { this.#selection = selection; }
}

function isObject(value) { return typeof value === 'object' && value !== null; }

// The first node of a selection as an element of its kind; undefined if there is none.
function elementOf(selection) {
  const nodes = nodesOf(selection);
  if (nodes.length === 0) return undefined;
  const Kind = kindOf(nameOf(documentOf(selection), nodes[0]));
  return new Kind(selection);
}

const elementsOf = (selection) => nodesOf(selection).map((node) =>
  elementOf(selection.with([node])));

const nodeOf = (element) => nodesOf(selectionOfElement(element))[0];
const documentOfElement = (element) => documentOf(selectionOfElement(element));
const attribute = (element, name) => attributeOf(documentOfElement(element), nodeOf(element), name);
const nameOfElement = (element) => nameOf(documentOfElement(element), nodeOf(element));
const typeOfElement = (element) => typeOfNode(documentOfElement(element), nodeOf(element));
const spaceOfElement = (element) => spaceOfNode(documentOfElement(element), nodeOf(element));
const hasAttribute = (element, name) => attribute(element, name) !== null;
const textAttribute = (element, name) => attribute(element, name) ?? '';
const near = (element, nodes) => selectionOfElement(element).with(nodes);
const findIn = (element, selector) => selectionOfElement(element).find(selector);

// The node at one of the places of relative(), as an element.
const kParent = 0, kFirst = 1, kLast = 2, kPrevious = 3, kNext = 4;
function nodeNear(element, which) {
  const node = relative(documentOfElement(element), nodeOf(element), which);
  return node === null ? undefined : elementOf(near(element, [node]));
}
const elementNear = (element, axis) =>
  elementOf(near(element, walk(documentOfElement(element), nodesOf(selectionOfElement(element)), axis)));

function getAttributeNode(element, name) {
  const found = attributesOf(documentOfElement(element), nodeOf(element)).find((one) =>
    one.name === name);
  return found === undefined ? undefined : new Attribute(element, found);
}

bindMethods(Element, {
  attributes() {
    const all = {};
    for (const one of attributesOf(documentOfElement(this), nodeOf(this))) {
      Object.defineProperty(all, one.name, {
        value: new Attribute(this, one), writable: true, enumerable: true, configurable: true,
      });
    }
    return all;
  },
  childElementCount() { return selectionOfElement(this).children().size(); },
  childNodes() { return elementsOf(selectionOfElement(this).contents()); },
  children() { return elementsOf(selectionOfElement(this).children()); },
  classList() {
    return (attribute(this, 'class') ?? '').split(/\s+/u).filter((name) => name !== '');
  },
  className() { return attribute(this, 'class') ?? undefined; },
  contains([other]) {
    const inner = selectionOfElement(other);
    if (inner === undefined || documentOf(inner) !== documentOfElement(this)) return false;
    const node = nodesOf(inner)[0];
    return node !== nodeOf(this) &&
      below(documentOf(inner), nodesOf(selectionOfElement(this)), [node]).length > 0;
  },
  firstChild() { return nodeNear(this, kFirst); },
  firstElementChild() { return elementOf(selectionOfElement(this).children().first()); },
  getAttribute(args) { return attribute(this, textAt(args, 0)) ?? undefined; },
  getAttributeNode(args) { return getAttributeNode(this, textAt(args, 0)); },
  getElementsByClassName(args) { return elementsOf(findIn(this, `.${textAt(args, 0)}`)); },
  getElementsByTagName(args) { return elementsOf(findIn(this, textAt(args, 0))); },
  hasAttribute(args) { return hasAttribute(this, textAt(args, 0)); },
  hasAttributes() { return attributesOf(documentOfElement(this), nodeOf(this)).length > 0; },
  hasChildNodes() { return relative(documentOfElement(this), nodeOf(this), kFirst) !== null; },
  id() { return textAttribute(this, 'id'); },
  innerHTML() { return selectionOfElement(this).html(); },
  isDefaultNamespace() { return spaceOfElement(this) === ''; },
  isEqualNode([other]) {
    const selection = selectionOfElement(other);
    return selection !== undefined && selection.html() === selectionOfElement(this).html();
  },
  isSameNode([other]) {
    const selection = selectionOfElement(other);
    return selection !== undefined && documentOf(selection) === documentOfElement(this) &&
      nodesOf(selection)[0] === nodeOf(this);
  },
  lang() { return attribute(this, 'lang') ?? undefined; },
  lastChild() { return nodeNear(this, kLast); },
  lastElementChild() { return elementOf(selectionOfElement(this).children().last()); },
  matches(args) { return selectionOfElement(this).is(textAt(args, 0)); },
  namespaceURI() { return spaceOf(spaceOfElement(this)); },
  nextElementSibling() { return elementNear(this, NEXT); },
  nextSibling() { return nodeNear(this, kNext); },
  nodeName() { return nameOfElement(this); },
  nodeType() { return typeOfElement(this); },
  nodeValue() {
    const type = typeOfElement(this);
    return type === 3 || type === 8 ? selectionOfElement(this).text() : undefined;
  },
  ownerDocument() { return elementOf(near(this, [0])); },
  parentElement() { return elementNear(this, PARENT); },
  parentNode() { return nodeNear(this, kParent); },
  previousElementSibling() { return elementNear(this, PREVIOUS); },
  previousSibling() { return nodeNear(this, kPrevious); },
  querySelector(args) { return elementOf(findIn(this, textAt(args, 0))); },
  querySelectorAll(args) { return elementsOf(findIn(this, textAt(args, 0))); },
  selection() { return selectionOfElement(this); },
  textContent() { return selectionOfElement(this).text(); },
  toString() {
    return typeOfElement(this) === 1 ? '[object html.Node]' : `[object ${nameOfElement(this)}]`;
  },
});
