// differs: loadctl puts the option's path in front (docs/compatibility.md)
export const options = { vus: 'many' };
export default function () {}
