// differs: loadctl ends a cut iteration inside sleep(); k6 lets it run on for a moment
import { sleep } from 'k6';
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 1, iterations: 5, maxDuration: '1s', gracefulStop: '0s' } } };
export default function () { console.log('begin'); sleep(10); console.log('never'); }
