// repeated
import http from 'k6/http';
try { http.get(__ENV.TARGET); } catch (e) { console.log(e.message); }
export default function () {}
