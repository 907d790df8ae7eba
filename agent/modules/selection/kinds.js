// The face of k6/html: what elements have by their names. What is no element's name is of several.

const string = (name) => function attributeText() { return textAttribute(this, name); };
const present = (name) => function isPresent() { return hasAttribute(this, name); };
const constant = (value) => () => value;
function integer(name, otherwise) {
  return function attributeNumber() {
    const value = attribute(this, name);
    return value !== null && /^[-+]?\d+$/.test(value) ? Number(value) : otherwise;
  };
}
// One of the values, else the first.
const one = (name, values) => function attributeValue() {
  const value = textAttribute(this, name);
  return values.includes(value) ? value : values[0];
};
const oneOrNone = (name, values) => function attributeValue() {
  const value = attribute(this, name);
  return values.includes(value) ? value : undefined;
};
const baseOf = (element) => selectionOfElement(element).url;
// Resolved against the document's URL, if that is known; `own`: that is what is meant by nothing.
const url = (name, own) => function attributeUrl() {
  const base = baseOf(this), value = attribute(this, name);
  if (base === '') return value ?? '';
  return (value === null ? null : resolve(base, value)) ?? (own ? base : '');
};

const kAutocap = ['sentences', 'none', 'off', 'characters', 'words'];
const kAutocomplete = ['on', 'off'];
const kBtnType = ['submit', 'button', 'menu', 'reset'];
const kCrossOrigin = ['anonymous', 'use-credentials'];
const kEncType = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
const kHttpEquiv = ['content-type', 'default-style', 'refresh'];
const kInputType = ['text', 'button', 'checkbox', 'color', 'date', 'datetime-local', 'email',
  'file', 'hidden', 'image', 'month', 'number', 'password', 'radio', 'range', 'reset', 'search',
  'submit', 'tel', 'time', 'url', 'week'];
const kKeyType = ['RSA', 'DSA', 'EC'];
const kKind = ['subtitle', 'captions', 'descriptions', 'chapters', 'metadata'];
const kLiType = ['', '1', 'a', 'A', 'i', 'I', 'disc', 'square', 'circle'];
const kOlistType = ['1', 'a', 'A', 'i', 'I'];
const kPreload = ['auto', 'metadata', 'none'];
const kReferrer = ['', 'no-referrer', 'no-referrer-when-downgrade', 'origin',
  'origin-when-cross-origin', 'unsafe-url'];
const kScope = ['', 'row', 'col', 'colgroup', 'rowgroup'];
const kWrap = ['soft', 'hard', 'off'];

const kAttributes = {
  hrefElement: {
    download: string('download'),
    referrerPolicy: one('referrerpolicy', kReferrer),
    rel: string('rel'),
    href: url('href', false),
    target: string('target'),
    type: string('type'),
    accessKey: string('accesskey'),
    hrefLang: string('hreflang'),
    toString: url('href', false),
  },
  mediaElement: {
    autoplay: present('autoplay'),
    controls: present('controls'),
    loop: present('loop'),
    muted: present('muted'),
    preload: one('preload', kPreload),
    src: url('src', false),
    crossOrigin: oneOrNone('crossorigin', kCrossOrigin),
    currentSrc: string('src'),
    defaultMuted: present('muted'),
    mediaGroup: string('mediagroup'),
  },
  base: {
    href: url('href', true),
    target: string('target'),
  },
  button: {
    accessKey: string('accesskey'),
    autofocus: present('autofocus'),
    disabled: present('disabled'),
    tabIndex: integer('tabindex', 0),
    type: one('type', kBtnType),
  },
  data: {
    value: string('value'),
  },
  embed: {
    height: string('height'),
    width: string('width'),
    src: string('src'),
    type: string('type'),
  },
  fieldset: {
    disabled: present('disabled'),
    name: string('name'),
  },
  form: {
    action: url('action', false),
    name: string('name'),
    target: string('target'),
    enctype: one('enctype', kEncType),
    encoding: one('enctype', kEncType),
    acceptCharset: string('accept-charset'),
    autocomplete: one('autocomplete', kAutocomplete),
    noValidate: present('novalidate'),
  },
  iframe: {
    allowfullscreen: present('allowfullscreen'),
    referrerPolicy: one('referrerpolicy', kReferrer),
    height: string('height'),
    width: string('width'),
    name: string('name'),
    src: url('src', false),
  },
  img: {
    currentSrc: url('src', false),
    sizes: string('sizes'),
    srcset: string('srcset'),
    alt: string('alt'),
    crossOrigin: oneOrNone('crossorigin', kCrossOrigin),
    height: integer('height', 0),
    width: integer('width', 0),
    isMap: present('ismap'),
    name: string('name'),
    src: url('src', false),
    useMap: string('usemap'),
    referrerPolicy: one('referrerpolicy', kReferrer),
  },
  input: {
    name: string('name'),
    tabIndex: integer('tabindex', 0),
    type: one('type', kInputType),
    disabled: present('disabled'),
    autofocus: present('autofocus'),
    required: present('required'),
    value: string('value'),
    checked: present('checked'),
    defaultChecked: present('checked'),
    alt: string('alt'),
    src: url('src', false),
    height: string('height'),
    width: string('width'),
    accept: string('accept'),
    autocomplete: one('autocomplete', kAutocomplete),
    maxLength: integer('maxlength', -1),
    size: integer('size', 0),
    pattern: string('pattern'),
    placeholder: string('placeholder'),
    readonly: present('readonly'),
    min: string('min'),
    max: string('max'),
    defaultValue: string('value'),
    dirName: string('dirname'),
    accessKey: string('accesskey'),
    multiple: present('multiple'),
    step: string('step'),
  },
  keygen: {
    autofocus: present('autofocus'),
    challenge: string('challenge'),
    disabled: present('disabled'),
    keytype: one('keytype', kKeyType),
    name: string('name'),
    type: constant('keygen'),
  },
  label: {
    htmlFor: string('for'),
  },
  legend: {
    accessKey: string('accesskey'),
  },
  li: {
    value: integer('value', 0),
    type: one('type', kLiType),
  },
  link: {
    crossOrigin: oneOrNone('crossorigin', kCrossOrigin),
    referrerPolicy: one('referrerpolicy', kReferrer),
    href: url('href', false),
    hreflang: string('hreflang'),
    media: string('media'),
    rel: string('rel'),
    target: string('target'),
    type: string('type'),
  },
  map: {
    name: string('name'),
  },
  meta: {
    content: string('content'),
    name: string('name'),
    httpEquiv: one('http-equiv', kHttpEquiv),
  },
  meter: {
    min: integer('min', 0),
    max: integer('max', 0),
    high: integer('high', 0),
    low: integer('low', 0),
    optimum: integer('optimum', 0),
  },
  modElement: {
    cite: string('cite'),
    datetime: string('datetime'),
  },
  object: {
    data: url('data', false),
    height: string('height'),
    name: string('name'),
    type: string('type'),
    tabIndex: integer('tabindex', 0),
    typeMustMatch: present('typemustmatch'),
    useMap: string('usemap'),
    width: string('width'),
  },
  ol: {
    reversed: present('reversed'),
    start: integer('start', 0),
    type: one('type', kOlistType),
  },
  optgroup: {
    disabled: present('disabled'),
    label: string('label'),
  },
  option: {
    defaultSelected: present('selected'),
    selected: present('selected'),
  },
  output: {
    htmlFor: string('for'),
    name: string('name'),
    type: constant('output'),
  },
  param: {
    name: string('name'),
    value: string('value'),
  },
  pre: {
    name: string('name'),
    value: string('value'),
  },
  quote: {
    cite: string('cite'),
  },
  script: {
    crossOrigin: string('crossorigin'),
    type: string('type'),
    src: url('src', false),
    charset: string('charset'),
    async: present('async'),
    defer: present('defer'),
    noModule: present('nomodule'),
  },
  select: {
    autofocus: present('autofocus'),
    disabled: present('disabled'),
    multiple: present('multiple'),
    name: string('name'),
    required: present('required'),
    tabIndex: integer('tabindex', 0),
  },
  source: {
    keySystem: string('keysystem'),
    media: string('media'),
    sizes: string('sizes'),
    src: url('src', false),
    srcset: string('srcset'),
    type: string('type'),
  },
  style: {
    media: string('media'),
  },
  table: {
    sortable: present('sortable'),
  },
  tableCellElement: {
    colSpan: integer('colspan', 1),
    rowSpan: integer('rowspan', 1),
    headers: string('headers'),
  },
  th: {
    abbr: string('abbr'),
    scope: one('scope', kScope),
    sorted: present('sorted'),
  },
  textarea: {
    type: constant('textarea'),
    value: string('value'),
    defaultValue: string('value'),
    placeholder: string('placeholder'),
    rows: integer('rows', 0),
    cols: integer('cols', 0),
    maxLength: integer('maxlength', 0),
    tabIndex: integer('tabindex', 0),
    accessKey: string('accesskey'),
    readOnly: present('readonly'),
    required: present('required'),
    autocomplete: one('autocomplete', kAutocomplete),
    autocapitalize: one('autocapitalize', kAutocap),
    wrap: one('wrap', kWrap),
  },
  time: {
    datetime: string('datetime'),
  },
  track: {
    kind: one('kind', kKind),
    src: url('src', false),
    srclang: string('srclang'),
    label: string('label'),
    default: present('default'),
  },
  ul: {
    type: string('type'),
  },
};
