export const options = {
  cloud: { z: 1, a: '<b> & "c" \u2028', f: 1.5e-9, big: 1e21, n: null, deep: { y: [], x: [1, [2, {}]] } },
  ext: { loadimpact: { projectID: 1, distribution: { b: { p: 50 }, a: { p: 50.5 } } } },
};
export default function () {}
