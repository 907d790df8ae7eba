export async function setup() { await null; return { late: true }; }
export default function (data) { console.log(JSON.stringify(data)); }
