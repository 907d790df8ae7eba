export default function () {}
export function teardown() { throw new TypeError('teardown fails'); }
