exports.one = 1; exports.fn = function () { return 'fn'; }; module.exports.two = 2; exports.self = this === exports; exports.count = arguments.length; return;
