// differs: V8 compiles expressions that nest as deeply; k6 refuses more than 1,000 levels
export default () => console.log(new RegExp('('.repeat(5000) + ')'.repeat(5000)).test(''));
