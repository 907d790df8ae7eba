// differs: V8 and k6's engine word and place a syntax error each in its own way
export default function () {
  const a = ;
}
