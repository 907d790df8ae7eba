// differs: k6 ends with 255
export function setup() { return { f: () => 1 }; }
export default function () {}
