exports.up = require('../function.js')(); exports.here = typeof require;
