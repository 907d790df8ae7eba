// samples
import http from 'k6/http';
import { show } from './data/answers.js';
const at = (path) => __ENV.TARGET.replace('://', '://user:secret@') + path;
export default function () {
  show('expects 200', http.get(at('/digest/auth'), { auth: 'digest', responseCallback: http.expectedStatuses(200) }));
  show('expects 401', http.get(at('/digest/auth'), { auth: 'digest', responseCallback: http.expectedStatuses(401) }));
  show('expects nothing', http.get(at('/digest/auth'), { auth: 'digest', responseCallback: null }));
  show('tags', http.get(at('/digest/auth'), { auth: 'digest', tags: { name: 'mine', my: 'tag' } }));
}
