const a = require('./data/bad/cyc/a.js');
module.exports = { default: a.default };
