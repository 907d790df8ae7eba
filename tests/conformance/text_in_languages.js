export default function () {
  const s = 'größe 中文 👍';
  console.log(s, s.length, [...s].length, s.toUpperCase(), s.normalize('NFD').length, encodeURIComponent(s));
  console.log(JSON.stringify({ s }), s.split(' ').join('|'), 'b'.localeCompare('a'), 'abc'.at(-1));
}
