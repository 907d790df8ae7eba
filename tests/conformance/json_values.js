// What json(selector) gives is the script's to change.
import http from 'k6/http';
export default function () {
  const r = http.get(`${__ENV.TARGET}/json`);
  const nested = r.json('nested'), items = r.json('items'), people = r.json('people');
  nested.deep.value = 'changed'; nested.more = 1; items.push(4); items[0] = 100; people.sort(() => -1); delete people[0].name;
  console.log(JSON.stringify(r.json('nested')), r.json('items').join(), r.json('items.#'), r.json('items.0'));
  console.log(r.json('people.#.name').join(), r.json('nested.deep.value'), r.json('nested.more'));
  console.log(r.json().nested.deep.value, r.json().items.length, r.json('nested') === r.json('nested'));
  console.log(r.json('people.0'));
}
