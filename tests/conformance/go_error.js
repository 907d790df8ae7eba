// The global GoError: what k6's own functions throw.
import http from 'k6/http';
export default function () {
  let e; try { http.cookieJar().set('::bad', 'a', 'b'); } catch (x) { e = x; }
  console.log(e instanceof Error, e instanceof GoError, e.name, e.message, String(e), e.constructor === GoError, typeof e.stack, Object.prototype.toString.call(e));
  console.log(GoError.name, GoError.length, Object.getPrototypeOf(GoError) === Error, Object.getPrototypeOf(GoError.prototype) === Error.prototype, GoError.prototype.name, GoError.prototype.message === '', Object.getOwnPropertyDescriptor(globalThis, 'GoError').enumerable);
  const made = new GoError('x'), called = GoError('y');
  class Mine extends GoError {}
  const mine = new Mine('q');
  console.log(String(made), made instanceof GoError, String(called), called instanceof GoError, String(mine), mine instanceof Mine, { e: made });
}
