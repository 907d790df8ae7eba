const me = require('./bad_require_itself.js');
exports.default = () => console.log(typeof me);
