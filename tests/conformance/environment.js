// flags: -e A=1 -e EMPTY= -e URL=http://x/?a=b
export default function () { console.log(__ENV.A, __ENV.EMPTY === '', __ENV.URL, __ENV.NOT_THERE); }
