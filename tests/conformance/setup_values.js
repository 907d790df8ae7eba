// differs: the member is named
// What survives the way from setup() through JSON.
export function setup() {
  return { date: new Date(0), u: undefined, nan: NaN, nested: { a: [undefined, 1] }, big: 2 ** 53 };
}
export default function (data) { console.log(JSON.stringify(data), Object.keys(data).join()); }
