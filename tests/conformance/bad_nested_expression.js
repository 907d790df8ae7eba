export default () => console.log(new RegExp('('.repeat(5000) + ')'.repeat(5000)).test(''));
