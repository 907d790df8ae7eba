// repeated
if (__VU > 0) {
  try { require('./data/cjs/pro' + 'ps.js'); } catch (e) { console.log(e.name, e.message); }
}
exports.default = () => {};
