import { SharedArray } from 'k6/data';
const people = new SharedArray('people', () => JSON.parse(open('./data/people.json')));
function show(f) { try { console.log('fine', f()); } catch (e) { console.log(e.name); } }
export default function () {
  console.log(people.length, people[1].name, people.map((p) => p.age).join(), JSON.stringify([...people][0]));
  show(() => { 'use strict'; people[0].name = 'changed'; return people[0].name; });
  show(() => people[99]);
  show(() => new SharedArray('late', () => []));
}
