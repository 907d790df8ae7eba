// samples
import http from 'k6/http';
import { show, attempt } from './data/answers.js';
export default function () {
  for (const coding of ['/coded/gzip', '/coded/deflate', '/coded/br', '/coded/zstd', '/coded/gzip,deflate', '/coded/br,zstd,gzip']) {
    show(coding, http.get(__ENV.TARGET + coding));
    show(`binary ${coding}`, http.get(__ENV.TARGET + coding, { responseType: 'binary' }));
    show(`none ${coding}`, http.get(__ENV.TARGET + coding, { responseType: 'none' }));
  }
}
