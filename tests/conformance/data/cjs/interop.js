exports.default = 'dflt'; exports.named = 'n'; exports.__esModule = true;
