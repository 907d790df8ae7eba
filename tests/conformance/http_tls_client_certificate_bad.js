// differs: the message names the option
import http from 'k6/http';
export const options = { tlsAuth: [{ cert: open(__ENV.CLIENT), key: open(__ENV.CA) }] };
export default function () { console.log(http.get(`${__ENV.MUTUAL}/json`).status); }
