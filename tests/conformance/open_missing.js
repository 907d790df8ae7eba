// A file that may be missing: every VU is told the same.
// repeated
export const options = { vus: 2, iterations: 2 };
let text = 'none';
try { text = open('./data/not_there.json'); } catch (e) { console.log(String(e).replace(/ [^ ]*conformance/, ' conformance')); }
try { open('./data'); } catch (e) { console.log(String(e).replace(/"[^"]*conformance/, '"conformance')); }
export default function () { console.log(text); }
