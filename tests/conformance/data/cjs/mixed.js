export const broken = 1; module.exports = 2;
