export const options = { vus: 2, iterations: 3, duration: '5s' };
export default function () {}
