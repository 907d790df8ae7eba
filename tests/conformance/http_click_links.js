// samples
import http from 'k6/http';
import { attempt, answer } from './data/answers.js';
const page = (html) => http.get(__ENV.TARGET + answer(['header', 'Content-Type:text/html'], ['body', html]));
export default function () {
  attempt('first', () => page('<a name=x>no</a><a href=/json>j</a><a href=/text>t</a>').clickLink());
  attempt('second', () => page('<a href=/json>j</a><a class=t href=/text>t</a>').clickLink({ selector: '.t' }));
  attempt('relative', () => page('<a href="json?a=b&amp;c">j</a>').clickLink());
  attempt('query alone', () => page('<a href="?status=201">j</a>').clickLink());
  attempt('absolute', () => page(`<a href="${__ENV.TARGET}/json">j</a>`).clickLink({ params: { tags: { name: 'clicked' }, headers: { 'X-Custom': 'a' } } }));
  attempt('none', () => page('<p>').clickLink());
  attempt('no href', () => page('<a name=x>no</a>').clickLink({ selector: 'a' }));
  attempt('not http', () => page('<a href="mailto:a@b">m</a>').clickLink());
  attempt('bad', () => page('<a href="http://[::1">b</a>').clickLink());
  attempt('no body', () => http.head(`${__ENV.TARGET}/json`).clickLink());
}
