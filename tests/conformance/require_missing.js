// differs: k6 adds a hint on Docker
require('./data/cjs/missing.js');
exports.default = () => {};
