export default function () { console.log('one iteration'); }
