import { check } from 'k6';
export const options = { iterations: 3, thresholds: { iterations: ['count>3', 'count<9'], checks: ['rate>0.9'] } };
export default function () { check(1, { 'is two': (v) => v === 2 }); }
