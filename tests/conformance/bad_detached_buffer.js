export default async () => {
  const key = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['encrypt', 'decrypt']);
  const data = new Uint8Array(16);
  const made = crypto.subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, data);
  data.fill(7);  // after the call: what was given is encrypted
  const read = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, await made));
  console.log(read.length, read[0]);
};
