// differs: Go's name of the type
export function setup() { return { f: () => 1 }; }
export default function () {}
