exports.a = 1; const other = require('./circle2.js'); exports.b = other.seen;
