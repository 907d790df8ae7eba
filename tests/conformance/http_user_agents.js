// flags: --user-agent flag/1
// samples
import http from 'k6/http';
export default function () {
  const seen = (headers) => http.get(`${__ENV.TARGET}/headers`, { headers }).request.headers;
  console.log(JSON.stringify([seen({}), seen({ 'User-Agent': 'own' }), seen({ 'user-agent': '' }), seen({ 'USER-AGENT': 'x y' })]));
}
