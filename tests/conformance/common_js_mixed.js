export default function () {}
module.exports.other = 1;
