// The face of k6/http: answers as HTML, their forms and links.

function htmlOf(response, selector) {
  if (response.body === null || response.body === undefined) goError(`${kNoBodyText}HTML${kBecause}`);
  const page = lazily('loadctl:selection').selectionOf(response.body, response.url);
  return selector === undefined ? page : page.find(String(selector));
}

// The members that a script gave, over those that there are otherwise.
function withGiven(given, otherwise) {
  const all = { ...otherwise };
  if (given === undefined) return all;
  if (given === null) throw new TypeError('Cannot convert undefined or null to object');
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(all, key)) continue;
    all[key] = key === 'fields' || key === 'params' ? given[key] : String(given[key]);
  }
  return all;
}

// submitForm({ formSelector, fields, submitSelector, params })
function submitForm(response, given) {
  const { formSelector, submitSelector, fields, params } = withGiven(given,
    { formSelector: 'form', submitSelector: '[type="submit"]', fields: undefined, params: null });
  const { encodeQuery, targetOf } = lazily('loadctl:selection');
  const form = htmlOf(response, formSelector);
  if (form.size() === 0) {
    goError(`no form found for selector '${formSelector}' in response '${response.url}'`);
  }
  const method = (form.attr('method') ?? 'GET').toUpperCase();
  const values = form.serializeObject();
  const submit = form.find(submitSelector);
  const name = submit.attr('name'), value = submit.val();
  if (name !== undefined && value !== undefined) values[name] = value;
  if (isPlain(fields)) Object.assign(values, fields);
  const query = method === 'GET'
    ? encodeQuery(Object.entries(values).map(([key, one]) => [key, String(one)])) : undefined;
  const address = targetOf(response.url, form.attr('action'), query);
  return method === 'GET' ? request(method, address, null, params)
    : request(method, address, values, params);
}

// clickLink({ selector, params })
function clickLink(response, given) {
  const { selector, params } = withGiven(given, { selector: 'a[href]', params: null });
  const link = htmlOf(response, selector);
  if (link.size() === 0) {
    goError(`no element found for selector '${selector}' in response '${response.url}'`);
  }
  const href = link.attr('href');
  if (href === undefined) {
    goError(`no valid href attribute value found on element '${selector}' in response '${response.url}'`);
  }
  const address = lazily('loadctl:selection').targetOf(response.url, href);
  return request('GET', address, undefined, params);
}
