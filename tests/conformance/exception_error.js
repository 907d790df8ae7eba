export const options = { iterations: 3 };
class Special extends Error {}
function thrower() { throw new Special('from a function'); }
export default function () { thrower(); }
