export const options = { thresholds: { iterations: ['avg<3'] } };
export default function () {}
