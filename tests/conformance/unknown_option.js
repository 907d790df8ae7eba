// differs: the reason stands in the message, not in a field
export const options = { vus: 1, iterations: 1, nonsense: true };
export default function () {}
