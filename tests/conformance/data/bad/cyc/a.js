const b = require('./b.js'); exports.a = 1; exports.default = () => { console.log('ran', b.seen, typeof b.later); };
