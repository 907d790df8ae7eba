const x = 1;
if (x) require('./data/cjs/throws.js');
exports.default = () => {};
