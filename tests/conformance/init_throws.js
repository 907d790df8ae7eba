const missing = undefined;
missing.property = 1;
export default function () {}
