export const options = {
  vus: 4,
  stages: [{ duration: '1s', target: 2 }, { target: 3 }, { duration: 2500, target: 0 }],
};
export default function () {}
