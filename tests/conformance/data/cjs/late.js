console.log('cjs runs', typeof marker); module.exports = { named: 'c' };
