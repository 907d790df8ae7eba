// differs: the words are V8's
const missing = undefined;
missing.property = 1;
export default function () {}
