// differs: k6 answers auth-int wrongly, takes it where auth is offered, too, and counts an answer that wants no access as failed
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
const at = (path) => __ENV.TARGET.replace('://', '://user:secret@') + path;
export default function () {
  show('not asked for', http.get(at('/json'), { auth: 'digest' }));
  for (const qop of ['auth-int', 'auth,auth-int']) {
    show(qop, http.get(at(`/digest/${qop}`), { auth: 'digest' }));
    show(`post ${qop}`, http.post(at(`/digest/${qop}`), 'some body', { auth: 'digest' }));
  }
}
