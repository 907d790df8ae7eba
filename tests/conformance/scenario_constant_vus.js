// varying: it ends by time
import { sleep, check } from 'k6';
export const options = { scenarios: { c: { executor: 'constant-vus', vus: 3, duration: '1s', gracefulStop: '2s' } } };
export default function () { check(1, { there: true }); sleep(0.3); }
