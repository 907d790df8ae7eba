export function setup() { throw new Error('setup fails'); }
export default function () { console.log('never'); }
export function teardown() { console.log('never either'); }
