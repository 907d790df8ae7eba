const a = require('./a.js'); exports.seen = Object.keys(a).join(); exports.later = () => a.a;
