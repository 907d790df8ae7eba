export const options = { vus: Number(__ENV.VUS), iterations: 5, tags: { home: `${__ENV.HOME}` } };
export default function () {}
