// differs: the sequence is ours, not Go's
import { randomSeed } from 'k6';
export default function () { randomSeed(42); console.log(Math.random(), Math.random()); randomSeed(42); console.log(Math.random()); }
