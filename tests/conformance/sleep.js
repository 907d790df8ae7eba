import { sleep } from 'k6';
export default function () {
  const start = Date.now();
  sleep(0.3); sleep(0); sleep(-1);
  const spent = Date.now() - start;
  console.log(spent >= 300 && spent < 2000);
}
