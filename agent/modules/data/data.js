// import { SharedArray } from 'k6/data'
import { add, begin, element, find, giveUp, inInit, keep, length, within } from 'loadctl:k6/data';
import { partOf, withLargeJson } from 'loadctl:large_json';
import { goError, textOf, withoutNew } from 'loadctl:prelude';
import { view } from 'loadctl:shared_view';

// Whatever a script makes of JSON.
const { parse, stringify } = JSON;

// One after the other, so that they are not all in the heap as well.
function textsOf(values) {
  const texts = begin();
  for (let i = 0; i < values.length; ++i) add(texts, stringify(values[i]) ?? 'null');
  return texts;
}

// Others wait for it meanwhile.
function make(key, fn) {
  let handle = null;
  try {
    const values = withLargeJson(fn);
    if (!Array.isArray(values)) goError('only arrays can be made into SharedArray');
    const part = partOf(values);
    handle = keep(key, part === null ? textsOf(values) : within(part));
  } finally {
    if (handle === null) giveUp(key);
  }
  return handle;
}

class Shared {
  constructor(name, fn) {
    if (!inInit()) goError('new SharedArray must be called in the init context');
    const key = name === null || name === undefined ? String(name) : textOf(name);
    if (key === '') goError("empty name provided to SharedArray's constructor");
    if (typeof fn !== 'function') {
      goError("a function is expected as the second argument of SharedArray's constructor");
    }
    if (fn instanceof (async () => {}).constructor) {
      goError('SharedArray constructor does not support async functions as second argument');
    }
    const handle = find(key) ?? make(key, fn);
    return view(length(handle), (index) => parse(element(handle, index)));
  }
}

export const SharedArray = withoutNew(Shared, 'SharedArray');
export default { SharedArray };
