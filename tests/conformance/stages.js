// varying: how many iterations fit
// flags: -s 500ms:3,500ms:0
import { sleep } from 'k6';

export default function () {
  sleep(0.05);
}
