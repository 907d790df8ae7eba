// differs: k6 tries to build a binary with the extension; loadctl has no extensions
import nothing from 'k6/x/nothing';
export default function () {}
