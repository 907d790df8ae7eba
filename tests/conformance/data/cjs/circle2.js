const first = require('./circle1.js'); exports.seen = JSON.stringify(first);
