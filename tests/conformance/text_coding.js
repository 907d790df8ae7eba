const tell = (name, give) => { try { console.log(name, JSON.stringify(give())); } catch (e) { console.log(name, e.name, e.message); } };
const bytes = (...list) => new Uint8Array(list);
export default function () {
  const encoder = new TextEncoder();
  for (const text of ['aé€😀', '', undefined, null, '\ud800x', 5, {}]) tell('encode', () => Array.from(encoder.encode(text)));
  tell('encoder', () => [encoder.encoding, new TextEncoder('utf-16').encoding, encoder.encode('a') instanceof Uint8Array]);
  const decoder = new TextDecoder();
  tell('decoder', () => [decoder.encoding, decoder.fatal, decoder.ignoreBOM]);
  for (const data of [bytes(0x61, 0xc3, 0xa9), undefined, null, bytes(0xef, 0xbb, 0xbf, 0x61), bytes(0xff, 0x61), bytes(0xe2, 0x82, 0x61, 0xf0, 0x9f, 0x98), bytes(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5, 0x80),
    bytes(97, 98).buffer, new DataView(bytes(97, 98).buffer), bytes(97, 98, 99).subarray(1), 'abc', [97], {}, new Uint16Array([0x6161])]) tell('decode', () => decoder.decode(data));
  tell('bom', () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes(0xef, 0xbb, 0xbf, 0x61)).length);
  tell('fatal', () => new TextDecoder('utf-8', { fatal: true }).decode(bytes(0xff)));
  tell('stream', () => [decoder.decode(bytes(0xe2, 0x82), { stream: true }), decoder.decode(bytes(0xac))]);
  for (const label of ['utf8', ' UTF-8 ', 'unicode-1-1-utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'unicode', 'latin1', 'ascii', 'gbk', 'nope', '', null, undefined, 5]) tell(`label ${label}`, () => new TextDecoder(label).encoding);
  const utf16 = new TextDecoder('utf-16le');
  for (const data of [bytes(0x61, 0, 0x3d, 0xd8, 0, 0xde), bytes(0xff, 0xfe, 0x61, 0), bytes(0x61, 0, 0x62), bytes(0, 0xd8, 0x61, 0)]) tell('utf-16', () => utf16.decode(data));
  tell('utf-16be', () => new TextDecoder('utf-16be').decode(bytes(0, 0x61)));
  tell('utf-16 fatal', () => new TextDecoder('utf-16le', { fatal: true }).decode(bytes(0x61)));
}
