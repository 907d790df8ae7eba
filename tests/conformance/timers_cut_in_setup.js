export const options = { setupTimeout: '1s' };
export function setup() { setTimeout(() => {}, 30000); }
export default function () {}
