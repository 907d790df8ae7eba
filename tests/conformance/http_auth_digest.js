// samples
import http from 'k6/http';
import { show, attempt } from './data/answers.js';
const at = (user, path) => __ENV.TARGET.replace('://', `://${user}@`) + path;
export default function () {
  for (const qop of ['none', 'auth']) {
    show(qop, http.get(at('user:secret', `/digest/${qop}`), { auth: 'digest' }));
    attempt(`${qop} wrong`, () => http.get(at('user:wrong', `/digest/${qop}`), { auth: 'digest' }));
  }
  for (const qop of ['none', 'auth']) show(`post ${qop}`, http.post(at('user:secret', `/digest/${qop}`), 'some body', { auth: 'digest' }));
  show('query', http.get(at('user:secret', '/digest/auth?a=b&d=%20'), { auth: 'digest' }));
  const nobody = http.get(`${__ENV.TARGET}/digest/auth`, { auth: 'digest' });
  delete nobody.request.headers.Authorization;
  show('no user', nobody);
}
