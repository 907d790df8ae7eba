// differs: the challenge is expected
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { systemTags: ['status', 'method', 'proto', 'expected_response'] };
const at = (user, path = '/ntlm') => __ENV.TARGET.replace('://', `://${user}@`) + path;
const without = (res) => { delete res.request.headers.Authorization; return res; };
export default function () {
  show('user', without(http.get(at('user:pass'), { auth: 'ntlm' })));
  show('domain', without(http.get(at('dom%5Cuser:pass'), { auth: 'ntlm' })));
  show('at', without(http.get(at('user%40dom:pass'), { auth: 'ntlm' })));
  show('post', without(http.post(at('user:pass'), 'some body', { auth: 'ntlm' })));
  show('not asked for', without(http.get(at('user:pass', '/json'), { auth: 'ntlm' })));
}
