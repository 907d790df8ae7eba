// differs: a module that is not known is said in plain words
// repeated
const { check } = require('k6');
const http = require('k6/http');
const { Counter } = require('k6/metrics');
const props = require('./data/cjs/props.js');
const tell = (name, give) => { try { console.log(name, JSON.stringify(give())); } catch (e) { console.log(name, e.name, e.message.split('\n')[0]); } };
tell('props', () => [props, props.fn(), require('./data/cjs/props.js') === props]);
tell('function', () => require('./data/cjs/function.js')());
tell('interop', () => require('./data/cjs/interop.js'));
tell('null', () => require('./data/cjs/null.js'));
tell('esm', () => { const esm = require('./data/cjs/esm.js'); return [esm.default, esm.x, esm.grow(), esm.x, Object.keys(esm).sort(), esm === require('./data/cjs/esm.js')]; });
tell('circle', () => require('./data/cjs/circle1.js'));
tell('throws', () => require('./data/cjs/throws.js'));
tell('throws again', () => require('./data/cjs/throws.js'));
tell('nested', () => (() => require('./data/cjs/deep/nested.js'))());
tell('mixed', () => require('./data/cjs/mixed.js'));
for (const specifier of ['lodash', '', undefined, null, 5, 'http://x.y/z.js']) tell(`bad ${specifier}`, () => require(specifier));
tell('missing', () => { try { require('./data/cjs/missing.js'); } catch (e) { return [e.name, e.message.includes('./data/cjs/missing.js')]; } return 0; });
tell('k6', () => [Object.keys(require('k6')).sort(), typeof http.get, require('k6/http') === http, typeof http.default, typeof require('k6/execution').test, Object.keys(require('k6/data'))]);
tell('scope', () => [typeof module, typeof exports, Object.keys(module), module.exports === exports, this === exports, typeof __filename]);
tell('strict', () => { undeclared = 1; return undeclared; });
const counter = new Counter('counted');
exports.options = { vus: 1, iterations: 1 };
exports.setup = () => ({ from: 'setup' });
exports.default = function (data) {
  check(data, { 'has data': (d) => d.from === 'setup' });
  counter.add(3);
  tell('late', () => require('./data/cjs/props.js'));
  tell('late k6', () => require('k6'));
  throw new Error('of an iteration');
};
module.exports.teardown = (data) => console.log('teardown', JSON.stringify(data));
