// k6/crypto/x509: what is in a certificate.
import x509 from 'k6/crypto/x509';
const pems = [open('./data/certificate.pem'), open('./data/certificate_ec.pem')];
const shown = (value) => JSON.stringify(value, (key, v) => (typeof v === 'bigint' ? `big ${v}` : v));
const why = (f) => { try { return shown(f()); } catch (e) { return String(e); } };
export default function () {
  for (const pem of pems) { const c = x509.parse(pem); console.log(shown(c)); console.log(Object.keys(c).join(), Array.isArray(c.fingerPrint)); }
  console.log(why(() => x509.getAltNames(pems[0])), why(() => x509.getIssuer(pems[0])), why(() => x509.getSubject(pems[1])));
  console.log(why(() => x509.parse('x')), why(() => x509.parse('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')), why(() => x509.getSubject()));
}
