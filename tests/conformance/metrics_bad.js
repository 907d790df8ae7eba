// repeated
import { Counter, Trend } from 'k6/metrics';
function show(f) { try { console.log('fine', typeof f()); } catch (e) { console.log(e.name, e.message); } }
const counter = new Counter('counter');
show(() => new Counter());
show(() => new Counter('bad name'));
show(() => new Counter('counter'));
show(() => new Trend('counter'));
show(() => counter.add(1));
export default function () {
  show(() => new Counter('late'));
  show(() => counter.add('text'));
  show(() => counter.add(-1));
  show(() => counter.add(NaN));
  show(() => counter.add());
}
