import { sleep } from 'k6';
export const options = { scenarios: { c: { executor: 'constant-vus', vus: 1, duration: '500ms', gracefulStop: '5s' } } };
export default function () { console.log('begin'); sleep(1); console.log('end'); }
